import { ok, problem, warning, type Verdict } from './check.ts';

const GIB_IN_KIB = 1024 * 1024;

/** Judges the last line that `df -k -P PATH` prints, in a guest or on a host. */
export function judgeSpace(
  dfOutput: string,
  { needed, scarce, repair }: { readonly needed: number; readonly scarce: number; readonly repair: string },
): Verdict {
  const [, , , free = '', , mount = ''] = dfOutput.trim().split('\n').at(-1)?.split(/\s+/) ?? [];
  const gib = Number(free) / GIB_IN_KIB;
  if (free === '' || Number.isNaN(gib)) return problem(`unexpected output of df: ${dfOutput.trim()}`);
  const finding = `${gib.toFixed(1)} GiB free at ${mount}`;
  if (gib < needed) return problem(`${finding}, ${needed} GiB are needed`, repair);
  return gib < scarce ? warning(finding, repair) : ok(finding);
}
