import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { Machine } from '../../machine/record.ts';
import { vmProcess } from '../../machine/state.ts';

/** @throws PodbsdError when the machine is not running. A guest that is still booting may be able to answer. */
export async function requireRunning(machine: Machine, doing: string): Promise<void> {
  if ((await vmProcess(machine)) !== undefined) return;
  const { name } = machine.record;
  throw new PodbsdError({
    doing: `${doing} ${name}`,
    problem: 'the machine is not running',
    remedy: `podbsd machine start ${name}`,
    exitCode: ExitCode.failed,
  });
}
