import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../src/ground/until.ts';

/**
 * Every test's folders lie below one folder of the run, which TMPDIR names, and every program that a test starts
 * inherits TEST_VARIABLE. So what a test leaves behind can be found and named when the run ends.
 */
export const TEST_VARIABLE = 'PODBSD_TEST';
/** How long a program that has been told to end may take, in milliseconds: a busy computer is no fault of a test. */
const GRACE = 20_000;

/** Makes the folder of the run and points TMPDIR at it. The name is short, as sockets have to fit below it. */
export function openRunFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pt-'));
  // Tests that root runs as another user have their folders below it.
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  return folder;
}

export interface LeftOver {
  readonly pid: number;
  readonly command: string;
  /** The test that started it, as far as it can be told. */
  readonly test: string;
}

/**
 * Programs of this run that still run: those that know its folder from their environment, words or working directory.
 * `runner` is the process whose own children are its workers, which end later.
 */
export function leftOvers(folder: string, runner = process.pid): LeftOver[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const read = (file: string): string => {
        try {
          return file === 'cwd'
            ? readlinkSync(`/proc/${pid}/cwd`)
            : readFileSync(`/proc/${pid}/${file}`, 'utf8');
        } catch {
          return '';
        }
      };
      const words = read('cmdline');
      // Empty for a zombie, which is over and only waits to be counted.
      if (words === '' || parentOf(read('stat')) === runner) return [];
      const environment = read('environ');
      if (![environment, words, read('cwd')].some((text) => text.includes(folder))) return [];
      const test = environment.split('\0').find((line) => line.startsWith(`${TEST_VARIABLE}=`));
      return [
        {
          pid: Number(pid),
          command: words.replaceAll('\0', ' ').trim(),
          test: test?.slice(TEST_VARIABLE.length + 1) ?? 'a test that cannot be told',
        },
      ];
    });
}

function parentOf(stat: string): number {
  return Number(/^.*\) \S (\d+)/s.exec(stat)?.[1]);
}

/**
 * Removes the folder of the run. Programs that a test has left are named, ended, and make the run fail: on the next
 * computer they would hold a port, a lock or a file that another test needs.
 */
export async function closeRunFolder(folder: string): Promise<void> {
  await until(() => (leftOvers(folder).length === 0 ? true : undefined), { every: 100, within: GRACE });
  const left = leftOvers(folder);
  for (const { pid } of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  rmSync(folder, { recursive: true, force: true });
  if (left.length === 0) return;
  process.exitCode = 1;
  const lines = left.map(({ pid, command, test }) => `  ${test}\n    left process ${pid}: ${command}`);
  throw new Error(`tests have left programs running:\n${lines.join('\n')}`);
}
