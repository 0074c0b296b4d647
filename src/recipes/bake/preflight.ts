import { dirname } from 'node:path';
import { z } from 'zod';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Argv } from '../../host/host.ts';
import type { Nothing, Stage, StageRun } from '../../pipeline/stage.ts';
import { findAccelerator } from '../../vm/accelerator.ts';
import { qemuProgram } from '../../vm/architecture.ts';
import { requireServing } from '../shared/release.ts';
import { freeKib } from '../shared/free-space.ts';
import type { BakeEnv } from './env.ts';

/** What the machine is for, and the space that takes. */
export interface Purpose {
  readonly work: string;
  readonly gib: number;
}

/** Base image packed and unpacked, layers, raw disk and exported files. */
const baking: Purpose = { work: 'baking', gib: 12 };

interface Needed {
  readonly argv: Argv;
  /** How to get it. */
  readonly install: string;
}

const machineSchema = z.object({
  /** What runs the guest: `kvm`, `hvf`, or `tcg` when it is emulated. */
  accelerator: z.string(),
});

/** Checks whether this machine can bake, before anything is downloaded. */
export function preflightStage(
  env: BakeEnv,
  purpose = baking,
): Stage<z.infer<typeof machineSchema>, Nothing> {
  const { architecture } = env.config.build;
  return {
    name: 'preflight',
    title: 'Check this machine',
    needs: [],
    outputs: machineSchema,
    checksOnly: true,
    inputs: () => null,
    stands: async () => false,
    sweep: async () => {},
    run: async () => {
      requireRelease(env);
      if (takesRelease(env)) requireServing(env.config.build);
      return {};
    },
    check: async (run) => {
      for (const needed of programs(env)) await requireProgram(run, needed);
      await requireSpace(env, run, purpose);
      const accelerator = await findAccelerator(architecture);
      if (accelerator === 'tcg')
        run.say(
          `no hardware acceleration for ${architecture} here: FreeBSD runs emulated, which is several times slower` +
            (process.platform === 'linux' ? ' (is /dev/kvm there, and may you open it?)' : ''),
        );
      return { accelerator };
    },
    assumed: { accelerator: 'unknown' },
  };
}

/** Only without an image of the user's own does [build] release decide what is baked. */
function takesRelease({ baseImage, config }: BakeEnv): boolean {
  return baseImage === undefined && config.bake.base_image === undefined;
}

function requireRelease(env: BakeEnv): void {
  if (env.config.build.base === 'release') return;
  throw new PodbsdError({
    doing: 'choosing a recipe',
    problem: '[build] base = "source" builds FreeBSD itself, and baking starts from a finished FreeBSD image',
    remedy:
      'let Poudriere build: in a virtual machine here (--builder vm) or on a FreeBSD machine (--host ssh://...); ' +
      'or set base = "release"',
    exitCode: ExitCode.config,
  });
}

function programs(env: BakeEnv): readonly Needed[] {
  const { architecture } = env.config.build;
  const packed = env.baseImage ?? env.config.bake.base_image ?? env.config.bake.url;
  const unpack: readonly Needed[] = [
    { argv: ['xz', '--version'], install: 'Debian xz-utils, Fedora xz, Homebrew xz' },
    { argv: ['zstd', '--version'], install: 'zstd' },
  ];
  return [
    {
      argv: [qemuProgram(architecture), '--version'],
      install: `Debian qemu-system-${architecture === 'amd64' ? 'x86' : 'arm'}, Fedora qemu-kvm, Homebrew qemu`,
    },
    { argv: ['qemu-img', '--version'], install: 'Debian qemu-utils, Fedora qemu-img, Homebrew qemu' },
    { argv: ['mformat', '--version'], install: 'mtools, with every package manager' },
    ...unpack.filter(({ argv }) => packed.endsWith(argv[0] === 'xz' ? '.xz' : '.zst')),
  ];
}

async function requireProgram(run: StageRun, { argv, install }: Needed): Promise<void> {
  try {
    await run.exec(argv, { readOnly: true });
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new PodbsdError({
      doing: 'checking this machine',
      problem: `${argv[0]} cannot be run: ${error.problem}`,
      remedy: `install it: ${install}; then run the same command again`,
      exitCode: ExitCode.host,
      cause: error,
    });
  }
}

async function requireSpace(env: BakeEnv, run: StageRun, { work, gib }: Purpose): Promise<void> {
  // What was made already needs no further space.
  if ((await env.host.stat(env.paths.layers)) !== undefined) return;
  const folder = await existing(env, env.paths.directory);
  const { stdout } = await run.exec(['df', '-k', '-P', folder], { readOnly: true });
  const free = Math.floor(freeKib(stdout) / 1024 ** 2);
  if (free >= gib) return;
  throw new PodbsdError({
    doing: 'checking this machine',
    problem: `${free} GiB are free in ${folder}, and ${work} takes about ${gib} GiB`,
    remedy: 'free space there, or run podbsd in a folder on a larger disk',
    exitCode: ExitCode.diskFull,
  });
}

async function existing(env: BakeEnv, path: string): Promise<string> {
  if (path === dirname(path) || (await env.host.stat(path)) !== undefined) return path;
  return await existing(env, dirname(path));
}
