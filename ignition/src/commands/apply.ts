import { ensureBase } from '../apply/base.ts';
import { Context } from '../apply/context.ts';
import type { System } from '../system/system.ts';
import { provisionFrom } from './provision.ts';
import { readStatus } from '../state/status.ts';

/** Applies a config from a file, as at boot, and says what failed. */
export function apply(system: System, file: string, asJson: boolean): number {
  const text = system.readText(file);
  if (text === undefined) {
    system.err(`podbsd-agent: cannot read ${file}: there is no such file\n`);
    return 66;
  }
  const context = new Context(system);
  ensureBase(context);
  const code = provisionFrom(context, text, undefined);
  const status = readStatus(system);
  for (const failure of status?.failures ?? []) system.err(`podbsd-agent: ${failure}\n`);
  for (const notice of status?.notices ?? []) system.err(`podbsd-agent: notice: ${notice}\n`);
  system.out(
    asJson
      ? `${JSON.stringify(status ?? null, undefined, 2)}\n`
      : `${status?.done ?? 0} steps done, ${status?.skipped.length ?? 0} things skipped.\n`,
  );
  return code;
}
