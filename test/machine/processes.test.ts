import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { endProcess, goneWithin, livingProcess } from '../../src/machine/processes.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A process that has `mark` in its command line, and its pid file. */
async function running(
  mark: string,
  script = 'setInterval(() => {}, 1000)',
): Promise<{ pidFile: string; pid: number }> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log("up")`, mark]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const pidFile = join(await tempDir(), 'pid');
  await writeFile(pidFile, `${child.pid}\n`);
  return { pidFile, pid: child.pid ?? 0 };
}

it('a living process is known by its command line', async () => {
  const { pidFile, pid } = await running('/run/mine.pid');
  expect(await livingProcess(pidFile, '/run/mine.pid')).toBe(pid);
});

it("a process id that belongs to somebody else by now is nobody's", async () => {
  const { pidFile, pid } = await running('/run/other.pid');
  expect(await livingProcess(pidFile, '/run/mine.pid')).toBeUndefined();
  await endProcess(pidFile, '/run/mine.pid');
  expect(() => process.kill(pid, 0)).not.toThrow();
});

it.each(['', 'not a number', '0', '-1', '1', '99999999', '99999999999'])(
  'a pid file that holds %j names nobody',
  async (text) => {
    const pidFile = join(await tempDir(), 'pid');
    await writeFile(pidFile, text);
    expect(await livingProcess(pidFile, '/')).toBeUndefined();
  },
);

it('a process that ignores SIGTERM is ended all the same', async () => {
  const script = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)';
  const { pidFile } = await running('/run/mine.pid', script);
  await endProcess(pidFile, '/run/mine.pid', 300);
  expect(await livingProcess(pidFile, '/run/mine.pid')).toBeUndefined();
});

it('a process that has ended is gone although nobody has waited for it', async () => {
  // sleep takes the place of the shell that is the parent, and waits for nobody.
  const script = '"$0" -e "setInterval(() => {}, 1000)" /run/mine.pid > /dev/null & echo $!; exec sleep 600';
  const parent = spawn('sh', ['-c', script, process.execPath]);
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  onTestFinished(() => void process.kill(pid, 'SIGKILL'));
  const pidFile = join(await tempDir(), 'pid');
  await writeFile(pidFile, `${pid}\n`);
  await eventually(async () => expect(await livingProcess(pidFile, '/run/mine.pid')).toBe(pid));
  expect(await goneWithin(pidFile, '/run/mine.pid', 100)).toBe(false);
  const gone = goneWithin(pidFile, '/run/mine.pid', 60_000);
  process.kill(pid, 'SIGKILL');
  expect(await gone).toBe(true);
  expect(process.kill(pid, 0)).toBe(true);
});
