import { chmod, lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { dataFolder } from '../ground/data-folder.ts';
import { runtimeDir } from '../ground/xdg.ts';

/** Where one user's machines live. */
export interface MachinePlaces {
  /** Disks, keys and settings: a folder for each machine. */
  readonly data: string;
  /** Sockets and process ids; gone after a restart of the host. */
  readonly runtime: string;
}

/** The folders of the XDG Base Directory Specification; on macOS those of Apple, unless XDG's variables are set. */
export function machinePlaces(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): MachinePlaces {
  return { data: join(dataFolder(env, platform), 'machine'), runtime: runtimeFolder(env) };
}

function runtimeFolder(env: NodeJS.ProcessEnv): string {
  const runtime = runtimeDir(env);
  if (runtime !== undefined) return join(runtime, 'podbsd');
  return join(tmpdir(), `podbsd-${process.getuid?.() ?? 0}`);
}

/**
 * Makes the folder for sockets, for this user alone.
 * @throws PodbsdError when somebody else has made it before: below /tmp anybody can.
 */
export async function makeRuntimeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  const uid = process.getuid?.() ?? found.uid;
  if (!found.isDirectory() || found.uid !== uid)
    throw new PodbsdError({
      doing: `making the folder ${path}`,
      problem: found.isDirectory() ? `it belongs to user ${found.uid}` : 'it is not a folder',
      remedy: 'set XDG_RUNTIME_DIR to a folder of yours that nobody else may use',
      exitCode: ExitCode.host,
    });
  if ((found.mode & 0o077) !== 0) await chmod(path, 0o700);
}
