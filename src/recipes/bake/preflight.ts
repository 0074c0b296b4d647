import * as z from 'zod';
import { lackOfDisk } from '../../disk/lack-of-disk.ts';
import { packingByName } from '../../disk/packing-name.ts';
import { lackOfUnpacker } from '../../disk/unpack.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { exists } from '../../ground/exists.ts';
import { requireAll, type Lack } from '../../ground/lack/lack.ts';
import { lackOfProgram } from '../../ground/lack/program.ts';
import { lackOfFile } from '../../ground/lack/reading.ts';
import { lackOfSpace } from '../../ground/lack/space.ts';
import { lackOfWriting } from '../../ground/lack/writing.ts';
import { GIB } from '../../ground/sizes.ts';
import type { Nothing, Stage } from '../../pipeline/stage.ts';
import { findAccelerator } from '../../vm/accelerator.ts';
import { hostArchitecture, type Architecture } from '../../vm/architecture.ts';
import { qemuLacks } from '../../vm/qemu-lacks.ts';
import { lacksHere } from '../shared/export.ts';
import { requireServing } from '../shared/release.ts';
import { chooseBaseImage } from './base-image.ts';
import { bytesOf } from './disk-size.ts';
import type { BakeEnv } from './env.ts';
import { emulatedBakeMinutes } from './measured.ts';

/** What the machine is for, and the space that takes with a disk that does not limit it. */
export interface Purpose {
  readonly work: string;
  readonly gib: number;
}

/** How often the disk's content lies on this computer in the end: base, layers, raw disk, exported files. */
const COPIES = 4;

/** Base image packed and unpacked, layers, raw disk and exported files. */
export const baking: Purpose = { work: 'baking', gib: 12 };

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
      requireAll('checking this machine', await bakeLacks(env, purpose));
      return {};
    },
    check: async (run) => {
      const accelerator = await findAccelerator(architecture);
      if (accelerator === 'tcg') run.say(costOfEmulation(architecture));
      return { accelerator };
    },
    assumed: { accelerator: 'unknown' },
  };
}

/** What it means to have neither KVM nor Hypervisor.framework, for people. */
export function costOfEmulation(architecture: Architecture): string {
  const { quiet, busy } = emulatedBakeMinutes;
  const cost = `a bake for amd64 took ${quiet} minutes that way on a quiet host, and ${busy} on two busy cores`;
  if (architecture !== hostArchitecture())
    return `${architecture} is not this computer's architecture: FreeBSD runs emulated, with each instruction translated; ${cost}`;
  const hint = process.platform === 'linux' ? ' (is /dev/kvm there, and may you open it?)' : '';
  return `no hardware acceleration for ${architecture} here${hint}: FreeBSD runs emulated; ${cost}`;
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

/** Everything that is missing here; nothing of it is made, fetched or asked from elsewhere. */
export async function bakeLacks(
  env: BakeEnv,
  { work, gib }: Purpose,
): Promise<readonly (Lack | undefined)[]> {
  const { config, paths } = env;
  // What was made already needs no further space.
  const begun = await exists(paths.layers);
  const disk = bytesOf(config.bake.size);
  return [
    ...(await qemuLacks(config.build.architecture)),
    lackOfProgram('qemu-img'),
    lackOfProgram('mtools'),
    ...(await baseLacks(env)),
    ...(await lacksHere(env)),
    await lackOfWriting(paths.directory),
    begun ? undefined : await lackOfSpace(paths.directory, Math.min(gib * GIB, COPIES * disk), work),
  ];
}

/** The base image, where it is a file of the user's, and what unpacks it. A download is packed as its name says. */
async function baseLacks({
  config,
  configFolder,
  baseImage,
}: BakeEnv): Promise<readonly (Lack | undefined)[]> {
  const image = chooseBaseImage(config, configFolder, baseImage);
  if (image.kind === 'file')
    return [
      (await lackOfFile(image.path, 'the base image', 'name a FreeBSD disk image with --base-image')) ??
        (await lackOfDisk(image.path)),
      await lackOfUnpacker(image.path),
    ];
  const packing = packingByName(image.name);
  return packing === undefined ? [] : [lackOfProgram(packing)];
}
