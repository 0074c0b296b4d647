import type { Finding } from '../doctor/check.ts';
import type { Terminal } from '../ground/terminal.ts';

const marks = {
  ok: { text: 'ok', colour: 'green' },
  warning: { text: 'warning', colour: 'yellow' },
  problem: { text: 'PROBLEM', colour: 'red' },
  skipped: { text: 'skipped', colour: 'dim' },
} as const;

/** A finding as doctor and setup-podman print it: its state, what was looked at, what is the case, what repairs it. */
export function findingLines({ state, title, finding, repair }: Finding, terminal: Terminal): string[] {
  const { text, colour } = marks[state];
  const line = `${terminal.paint(colour, text.padEnd(7))}  ${title.padEnd(22)}  ${finding}`;
  return repair === undefined
    ? [line]
    : [line, `${' '.repeat(33)}${terminal.paint('cyan', 'repair:')} ${repair}`];
}
