import { stat } from 'node:fs/promises';
import type { Lack } from '../ground/lack/lack.ts';
import { lackOfProgram } from '../ground/lack/program.ts';
import { lackOfSpace } from '../ground/lack/space.ts';
import { lackOfWriting } from '../ground/lack/writing.ts';
import { exists } from '../ground/exists.ts';
import { GIB } from '../ground/sizes.ts';
import { lackOfDisk } from '../disk/lack-of-disk.ts';
import { lackOfUnpacker } from '../disk/unpack.ts';
import { hostArchitecture, type Architecture } from '../vm/architecture.ts';
import type { MachinePlaces } from './places.ts';
import { diskFormats } from './provider/names.ts';
import type { Provider } from './provider/provider.ts';
import { providerOf } from './provider/providers.ts';
import type { Machine, MachineRecord } from './record.ts';

/** What a new machine is made from and runs with. */
export interface Planned extends Pick<MachineRecord, 'provider' | 'network' | 'volumes'> {
  /** As `--image` names it; undefined while it is not made yet. */
  readonly image: string | undefined;
}

/** What a disk of FreeBSD takes at the very least. */
const LEAST_SPACE = GIB;

/** What is missing here to make a machine, and to start it afterwards. */
export async function initLacks(
  places: MachinePlaces,
  { provider: name, network, image, volumes }: Planned,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly (Lack | undefined)[]> {
  const provider = providerOf(name);
  const fetched = image?.startsWith('docker://') === true;
  return [
    ...(await lacksToRun(provider, { network, image }, env)),
    lackOfProgram('ps', env),
    diskFormats[name] === 'qcow2' ? lackOfProgram('qemu-img', env) : undefined,
    fetched ? lackOfProgram('skopeo', env) : undefined,
    ...(image === undefined || fetched ? [] : [await lackOfUnpacker(image), await lackOfDisk(image)]),
    ...(await shareLacks(volumes)),
    await lackOfWriting(places.data),
    await lackOfSpace(places.data, await leastSpace(image), 'the disk of a machine'),
  ];
}

/**
 * What an image is for is known once it was looked at, and then asked for. Until then a host that can run the other
 * architecture alone lacks nothing.
 */
async function lacksToRun(
  provider: Provider,
  { network, image }: Pick<Planned, 'network' | 'image'>,
  env: NodeJS.ProcessEnv,
): Promise<readonly (Lack | undefined)[]> {
  const own = hostArchitecture() ?? 'amd64';
  const lacks = (architecture: Architecture): Promise<readonly (Lack | undefined)[]> =>
    provider.lacks({ architecture, network }, env);
  const ofOwn = await lacks(own);
  if (image === undefined || ofOwn.every((lack) => lack === undefined)) return ofOwn;
  const ofOther = await lacks(own === 'amd64' ? 'arm64' : 'amd64');
  return ofOther.every((lack) => lack === undefined) ? ofOther : ofOwn;
}

/** A packed file is unpacked, and of a disk hardly more than half is zeros that were written. */
async function leastSpace(image: string | undefined): Promise<number> {
  const found = image === undefined ? undefined : await stat(image).catch(() => undefined);
  return found?.isFile() === true ? (found.blocks * 512) / 2 : LEAST_SPACE;
}

/** What is missing here to start a machine that is there. */
export async function startLacks(
  { record, paths }: Machine,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly (Lack | undefined)[]> {
  const { name, volumes } = record;
  return [
    (await exists(paths.disk)) ? undefined : lostDisk(name, paths.disk),
    ...(await shareLacks(volumes, `give the machine other volumes: podbsd machine set ${name} --volume ...`)),
    ...(await providerOf(record.provider).lacks(record, env)),
    lackOfProgram('ps', env),
  ];
}

function lostDisk(name: string, disk: string): Lack {
  return {
    problem: `its disk is missing: ${disk}`,
    remedy: `restore the file; if it is lost: podbsd machine rm ${name}, then podbsd machine init ${name}`,
  };
}

/**
 * Folders that a machine is to share and that are not there, or are none.
 * @param otherwise what to do instead of making them.
 */
export async function shareLacks(
  volumes: MachineRecord['volumes'],
  otherwise = 'leave its --volume out',
): Promise<readonly Lack[]> {
  const lacks: Lack[] = [];
  for (const { source } of volumes) {
    const found = await stat(source).catch(() => undefined);
    if (found?.isDirectory() === true) continue;
    const problem = found === undefined ? 'does not exist' : 'is a file';
    lacks.push({
      problem: `the folder ${source}, which the machine shares, ${problem}`,
      remedy: `make the folder, or ${otherwise}`,
    });
  }
  return lacks;
}
