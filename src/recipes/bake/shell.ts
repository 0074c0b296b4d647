import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { takeLock } from '../../pipeline/lock.ts';
import { standaloneRun } from '../../pipeline/stage-run.ts';
import type { BakeEnv } from './env.ts';
import { layerFile, topLayer } from './layers.ts';

/**
 * A login as root in a copy of what has been made so far. It works on a layer of its own on top, so that the next run
 * of build-image resumes as if nothing had happened.
 *
 * @returns the exit code of the shell.
 */
export async function openShell(
  { host, machine, paths }: BakeEnv,
  lockPath: string,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const top = await topLayer(host, paths.layers);
  // A sealed layer allows no login.
  const layer = top === 'seal' ? 'overlay' : top;
  if (layer === undefined)
    throw refusal(
      `nothing has been baked yet: there is no layer in ${paths.layers}`,
      'start with podbsd build-image, in the same folder',
      ExitCode.failed,
    );
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw refusal('standard input or output is no terminal', 'run the command in a terminal', ExitCode.usage);
  const lock = await takeLock(host, lockPath);
  const copy = join(paths.directory, 'shell.qcow2');
  try {
    await host.remove(copy);
    const below = layerFile(paths.layers, layer);
    await host.run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', below, '-F', 'qcow2', copy]);
    say(`Booting what stage ${layer} has left; changes are thrown away. Console: ${paths.console}`);
    const ssh = await machine.open(copy, layer, standaloneRun(host, say, signal));
    return await ssh.shell({ input: process.stdin, output: process.stdout });
  } finally {
    await machine.close();
    await host.remove(copy);
    await lock.release();
  }
}

function refusal(problem: string, remedy: string, exitCode: ExitCode): PodbsdError {
  return new PodbsdError({
    doing: 'opening a shell in the machine that bakes',
    problem,
    remedy,
    exitCode,
  });
}
