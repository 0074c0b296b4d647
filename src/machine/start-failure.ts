import { stripVTControlCharacters } from 'node:util';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { readText } from '../ground/read-text.ts';
import { lastLines } from '../host/command-error.ts';
import { phases, type BootResult } from './boot-watch.ts';
import { providerOf } from './provider/providers.ts';
import type { Machine } from './record.ts';
import { vmProcess } from './state.ts';

/** Lines of the guest's console in the message. */
const CONSOLE_LINES = 8;

/** Why a machine did not get ready: the guest's reason, how far it got, its last console lines, and what to do. */
export async function bootFailure(
  machine: Machine,
  { phase, reason }: Extract<BootResult, { ready: false }>,
): Promise<PodbsdError> {
  const { name } = machine.record;
  const said = lastWords((await readText(machine.paths.console)) ?? '');
  const vm = lastLines((await readText(machine.paths.vmLog)) ?? '', 3);
  const runs = (await vmProcess(machine)) !== undefined;
  return new PodbsdError({
    doing: `starting ${name}`,
    problem: [
      reason,
      `It got as far as: ${phase} (${phases[phase]}).`,
      ...(vm === '' ? [] : [`${providerOf(machine.record.provider).title} says: ${vm}`]),
      ...(said.length === 0 ? ['The console is empty.'] : ['The last lines of its console:', ...said]),
    ].join('\n'),
    remedy: runs
      ? `it still runs: podbsd machine console ${name} to inspect it, podbsd machine start ${name} to keep waiting for it, podbsd machine stop ${name} to end it`
      : `podbsd machine logs ${name} shows the whole console`,
    exitCode: ExitCode.notReady,
  });
}

/** Without the control sequences that move a terminal's cursor. */
export function lastWords(console: string): string[] {
  return stripVTControlCharacters(console)
    .replace(/[^\t\n\x20-\x7e\x80-\uffff]/g, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-CONSOLE_LINES)
    .map((line) => `  ${line}`);
}
