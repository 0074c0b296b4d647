import type { Terminal } from '../../ground/terminal.ts';
import type { CheckResult } from './check.ts';

const marks = {
  passed: { text: 'ok', colour: 'green' },
  failed: { text: 'FAILED', colour: 'red' },
  skipped: { text: 'skipped', colour: 'yellow' },
} as const;

/** One line for people: how it ended, how long it took, what was checked, what was seen. */
export function formatResult(result: CheckResult, terminal: Terminal): string {
  const { text, colour } = marks[result.state];
  const time = `${result.seconds.toFixed(1)} s`.padStart(8);
  const line = `${terminal.paint(colour, text.padEnd(7))} ${time}  ${result.title}`;
  if (result.detail === undefined) return line;
  if (result.state === 'failed') return `${line}\n${indent(result.detail)}`;
  return `${line}  ${terminal.paint('dim', result.detail)}`;
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `${' '.repeat(18)}${line}`)
    .join('\n');
}
