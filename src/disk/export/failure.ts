import { ExitCode, PodbsdError, errnoOf, messageOf } from '../../ground/errors.ts';
import { limitAdvice } from '../../ground/limit-advice.ts';

/** Turns what stopped an export into an error for the user, above all a full disk, whichever program met it. */
export function exportFailure(error: unknown, raw: string, outDir: string): unknown {
  const text = messageOf(error);
  const full = errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT' || /no space left/i.test(text);
  if (full)
    return new PodbsdError({
      doing: `exporting ${raw}`,
      problem: `there is no space left in ${outDir}; nothing of an earlier export was changed`,
      remedy: 'free some space, choose another output folder, or ask for fewer formats',
      exitCode: ExitCode.diskFull,
      cause: error,
    });
  if (error instanceof PodbsdError || errnoOf(error) === undefined) return error;
  return new PodbsdError({
    doing: `exporting ${raw}`,
    problem: text,
    remedy:
      limitAdvice(errnoOf(error) ?? '') ?? `check that ${raw} can be read and that ${outDir} can be written`,
    exitCode: ExitCode.host,
    cause: error,
  });
}
