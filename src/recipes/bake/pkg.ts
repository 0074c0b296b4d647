import type { PackageFacts } from '../../disk/image-facts.ts';
import type { Argv, RunResult } from '../../host/host.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { Inside } from './inside.ts';

/** pkg(8) asks no questions. */
const env = { ASSUME_ALWAYS_YES: 'yes', LC_ALL: 'C' };

/** Runs pkg inside and shows what it says of its progress. */
export async function pkg(inside: Inside, run: StageRun, ...args: readonly string[]): Promise<RunResult> {
  return await inside.exec(['/usr/sbin/pkg', ...args], { env, onLine: pkgProgress(run) });
}

/** Queries pkg. Finding nothing is not an error: exit code 1, or sysexits(3)'s 69 in older versions. */
async function ask(inside: Inside, argv: Argv): Promise<string> {
  return (await inside.exec(argv, { env, readOnly: true, okCodes: [0, 1, 69] })).stdout;
}

/** The packages of these ports that the repositories offer. */
export async function offered(inside: Inside, origins: readonly string[]): Promise<readonly PackageFacts[]> {
  return readFacts(await ask(inside, ['/usr/sbin/pkg', 'rquery', '%o %n %v', ...origins]));
}

/** Everything that is installed. On a base made of packages that is FreeBSD itself, too. */
export async function installed(inside: Inside): Promise<readonly PackageFacts[]> {
  return readFacts(await ask(inside, ['/usr/sbin/pkg', 'query', '-a', '%o %n %v']));
}

/** FreeBSD has pkg(7), which fetches pkg(8); cloud images of 15.1 have both. */
export async function bootstrapPkg(inside: Inside, run: StageRun): Promise<void> {
  await pkg(inside, run, 'bootstrap', '-y');
  await pkg(inside, run, 'update');
}

/** Runs `work` with packages that the image must not keep, then removes them and what came with them. */
export async function withPackages<T>(
  inside: Inside,
  run: StageRun,
  names: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  run.say(`installed temporarily: ${names.join(', ')}`);
  const before = new Set((await installed(inside)).map(({ name }) => name));
  await pkg(inside, run, 'install', '-y', ...names);
  const result = await work();
  const added = (await installed(inside)).map(({ name }) => name).filter((name) => !before.has(name));
  // -f: packages that were installed temporarily may depend on each other.
  if (added.length > 0) await pkg(inside, run, 'delete', '-y', '-f', ...added);
  return result;
}

function readFacts(text: string): readonly PackageFacts[] {
  return text.split('\n').flatMap((line) => {
    const [origin, name, version] = line.trim().split(' ');
    return name === undefined || version === undefined ? [] : [{ origin, name, version }];
  });
}

/** `[12/56] Installing conmon-2.1.13...`, `[3/40] Fetching go-1.24: 100%`. */
function pkgProgress(run: StageRun): (line: string) => void {
  return (line) => {
    const [, done, total, text] = /^\[(\d+)\/(\d+)\]\s+(.*?)(?:\.\.\.|:.*)?\s*$/.exec(line) ?? [];
    if (text !== undefined) run.progress({ text, done: Number(done), total: Number(total) });
  };
}
