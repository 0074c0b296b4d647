import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { lastLines } from '../host/command-error.ts';
import type { Host } from '../host/host.ts';
import { phases, type BootResult } from './boot-watch.ts';
import { providerName } from './provider/provider.ts';
import type { Machine } from './record.ts';
import { qemuProcess } from './state.ts';

/** Lines of the guest's console in the message. */
const CONSOLE_LINES = 8;

/** Why a machine did not get ready: the guest's reason, how far it came, its last words, and what helps. */
export async function bootFailure(
  host: Host,
  machine: Machine,
  { phase, reason }: Extract<BootResult, { ready: false }>,
): Promise<PodbsdError> {
  const { name } = machine.record;
  const said = lastWords((await host.readText(machine.paths.console)) ?? '');
  const qemu = lastLines((await host.readText(machine.paths.qemuLog)) ?? '', 3);
  const runs = (await qemuProcess(machine)) !== undefined;
  return new PodbsdError({
    doing: `starting ${name}`,
    problem: [
      reason,
      `It came as far as: ${phase} (${phases[phase]}).`,
      ...(qemu === '' ? [] : [`${providerName(machine.record.provider)} says: ${qemu}`]),
      ...(said.length === 0 ? ['The console is empty.'] : ['The last lines of its console:', ...said]),
    ].join('\n'),
    remedy: runs
      ? `it still runs: podbsd machine console ${name} to look into it, podbsd machine start ${name} to go on with it, podbsd machine stop ${name} to end it`
      : `podbsd machine logs ${name} shows the whole console`,
    exitCode: ExitCode.notReady,
  });
}

/** Without what only moves a terminal's cursor. */
export function lastWords(console: string): string[] {
  return console
    .replace(/\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|[^\t\n\x20-\x7e\x80-\uffff]/g, '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(-CONSOLE_LINES)
    .map((line) => `  ${line}`);
}
