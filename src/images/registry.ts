import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../disk/hash.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { CommandError } from '../host/command-error.ts';
import type { Argv } from '../host/host.ts';
import { runProgram } from '../host/run-program.ts';
import type { Architecture } from '../vm/architecture.ts';
import { checked, diskLayer, findDiskManifest } from './artifact.ts';
import type { FoundImage } from './found-image.ts';

export interface PullOptions {
  /** A folder for what is fetched; the caller removes it. */
  readonly scratch: string;
  readonly architecture: Architecture;
  /** Whether the registry's certificate must be valid; `false` allows plain HTTP too. */
  readonly tlsVerify: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Fetches only the disk for QEMU from an artifact `docker://NAME:TAG`, with skopeo. */
export async function imageOfRegistry(
  reference: string,
  { scratch, architecture, tlsVerify, signal }: PullOptions,
): Promise<FoundImage> {
  const doing = `fetching ${reference}`;
  const stop = signal === undefined ? {} : { signal };
  const skopeo = async (...args: [string, ...string[]]): Promise<string> => {
    const argv: Argv = ['skopeo', ...args];
    return (await runProgram(argv, stop).catch((error: unknown) => rethrow(error, doing))).stdout;
  };
  const inspect = ['inspect', `--tls-verify=${tlsVerify}`, '--raw'] as const;
  const index = Buffer.from(await skopeo(...inspect, reference));
  const repository = reference.replace(/@[^/]*$/, '').replace(/:[^/:]*$/, '');
  const manifest = await findDiskManifest(
    index,
    architecture,
    async ({ digest }) => Buffer.from(await skopeo(...inspect, `${repository}@${digest}`)),
    doing,
  );
  await skopeo(
    'copy',
    '--quiet',
    `--src-tls-verify=${tlsVerify}`,
    `${repository}@${manifest.digest}`,
    `dir:${scratch}`,
  );
  const layer = diskLayer(checked(await readFile(join(scratch, 'manifest.json')), manifest, doing), doing);
  const file = join(scratch, layer.digest.replace('sha256:', ''));
  const { sha256 } = await hashFile(file, { signal });
  if (`sha256:${sha256}` !== layer.digest)
    throw new PodbsdError({
      doing,
      problem: `the disk was damaged in transit (SHA-256 ${sha256})`,
      exitCode: ExitCode.untrusted,
    });
  return { file, architecture, foreign: true, description: `${reference} (${manifest.digest})` };
}

function rethrow(error: unknown, doing: string): never {
  if (!(error instanceof CommandError)) throw error;
  const missing = error.failure.kind === 'no-program';
  throw new PodbsdError({
    doing,
    problem: missing ? 'the program skopeo is not installed' : error.problem,
    remedy: missing
      ? 'install skopeo, or download the image and name the file'
      : 'check the name and its tag, and log in with skopeo login if the registry requires it',
    exitCode: missing ? ExitCode.host : ExitCode.network,
    cause: error,
  });
}
