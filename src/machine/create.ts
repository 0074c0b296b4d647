import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../ground/errors.ts';
import { requireAll } from '../ground/lack/lack.ts';
import { replaceFile } from '../ground/replace-file.ts';
import { hostArchitecture, type Architecture } from '../vm/architecture.ts';
import { freePort } from '../vm/free-port.ts';
import { generateKeyPair, writeKeyPair } from '../vm/keys.ts';
import { findImage } from '../images/find-image.ts';
import { makeDisk } from '../images/make-disk.ts';
import { initLacks } from './lacks.ts';
import { withMachineLock } from './lock.ts';
import { checkMachineName } from './names.ts';
import { machineFiles, machinePaths } from './paths.ts';
import type { MachinePlaces } from './places.ts';
import { diskFormats } from './provider/names.ts';
import { providerOf } from './provider/providers.ts';
import { formatRecord, machineExists, openMachine, type Machine, type MachineRecord } from './record.ts';

/** What `podbsd machine init` was asked for. */
export interface NewMachine extends Pick<
  MachineRecord,
  | 'name'
  | 'image'
  | 'cpus'
  | 'memoryMiB'
  | 'diskGiB'
  | 'user'
  | 'rootful'
  | 'timezone'
  | 'volumes'
  | 'network'
  | 'dockerContext'
  | 'provider'
> {
  readonly tlsVerify: boolean;
}

export interface CreateOptions {
  readonly signal?: AbortSignal;
  /** What is being done, and of a long step how far it is. */
  readonly onStep: (step: string, percent?: number) => void;
  /** It is started at once: until that has been done, the same init goes on with it. */
  readonly startsNow?: boolean;
}

/** The settings by which an interrupted init knows its own machine. */
const asked = [
  ...(['cpus', 'memoryMiB', 'diskGiB', 'user', 'rootful', 'timezone', 'volumes', 'network'] as const),
  ...(['dockerContext', 'provider'] as const),
] as const;

/** podman's guests get the user's own uid, so that shared files fit; for root there is no such account. */
const UID_FOR_ROOT = 1000;

/** Folders in which a machine is being made have this prefix, which no machine's name can have. */
const MAKING = '.making-';

/**
 * Makes a machine: disk, keys and settings are prepared in a separate folder, which gets the machine's name when
 * everything is complete. If this is interrupted, either the whole machine exists or none of it.
 */
export async function createMachine(
  places: MachinePlaces,
  wanted: NewMachine,
  options: CreateOptions,
): Promise<Machine> {
  const { name } = wanted;
  const paths = machinePaths(places, checkMachineName(name));
  providerOf(wanted.provider).checkNetwork(wanted.network);
  const doing = `making the machine ${name}`;
  requireAll(doing, await initLacks(places, wanted));
  await mkdir(places.data, { recursive: true, mode: 0o700 });
  return await withMachineLock({ name, lock: paths.lock }, doing, async () => {
    if (await machineExists(places, name)) throw taken(doing, name);
    await sweep(places.data, name);
    const folder = await mkdtemp(join(places.data, `${MAKING}${name}-`));
    try {
      await fill(folder, wanted, options);
      await rename(folder, paths.folder);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw errnoOf(error) === 'ENOTEMPTY' ? occupied(doing, paths.folder) : error;
    }
    return await openMachine(places, name);
  });
}

/**
 * Whether an init that was to start this machine at once was interrupted after making it.
 *
 * @param image what `--image` says; undefined: the newest of the store, whichever that was.
 * @throws PodbsdError when there is another machine of this name.
 */
export async function unfinishedMachine(
  places: MachinePlaces,
  wanted: NewMachine,
  image: string | undefined,
): Promise<boolean> {
  const { name } = wanted;
  if (!(await machineExists(places, checkMachineName(name)))) return false;
  const { record } = await openMachine(places, name);
  const same = asked.every((key) => JSON.stringify(record[key]) === JSON.stringify(wanted[key]));
  const { unfinished } = record;
  if (unfinished !== undefined && same && (image === undefined || image === unfinished.image)) return true;
  throw taken(`making the machine ${name}`, name);
}

async function fill(
  folder: string,
  wanted: NewMachine,
  { signal, onStep, startsNow }: CreateOptions,
): Promise<void> {
  const { tlsVerify, ...settings } = wanted;
  const files = machineFiles(folder, wanted.provider);
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  onStep(`Checking the image ${wanted.image}`);
  const pull = { scratch, architecture: ownArchitecture(), tlsVerify, signal };
  const image = await findImage(wanted.image, pull);
  const architecture = image.architecture ?? ownArchitecture();
  const provider = providerOf(wanted.provider);
  provider.checkArchitecture(architecture);
  requireAll(
    `making the machine ${wanted.name}`,
    await provider.lacks({ ...wanted, architecture }, process.env),
  );
  const makingDisk = `Making a disk of ${wanted.diskGiB} GiB`;
  onStep(makingDisk);
  const { diskGiB } = wanted;
  await makeDisk({
    image: image.file,
    foreign: image.foreign,
    disk: files.disk,
    format: diskFormats[wanted.provider],
    diskGiB,
    onPercent: (percent) => onStep(makingDisk, percent),
    signal,
  });
  await rm(scratch, { recursive: true });
  await writeKeyPair(files.identity, await generateKeyPair(wanted.name));
  const uid = process.getuid?.() ?? UID_FOR_ROOT;
  const record: MachineRecord = {
    schema: 'podbsd-machine/1',
    created: new Date().toISOString(),
    ...settings,
    image: image.description,
    architecture,
    uid: uid === 0 ? UID_FOR_ROOT : uid,
    sshPort: await freePort(),
    ...(startsNow === true ? { unfinished: { image: wanted.image } } : {}),
  };
  await replaceFile(files.record, formatRecord(record), 0o600);
}

/** Removes what a killed init of the same name left behind. The lock is held, so no other init is running. */
async function sweep(data: string, name: string): Promise<void> {
  for (const entry of await readdir(data))
    if (entry.startsWith(`${MAKING}${name}-`) && entry.length === `${MAKING}${name}-`.length + 6)
      await rm(join(data, entry), { recursive: true, force: true });
}

function ownArchitecture(): Architecture {
  return hostArchitecture() ?? 'amd64';
}

function taken(doing: string, name: string): PodbsdError {
  return new PodbsdError({
    doing,
    problem: 'there is a machine of this name already',
    remedy: `start it (podbsd machine start ${name}), choose another name, or remove it (podbsd machine rm ${name})`,
    exitCode: ExitCode.failed,
  });
}

function occupied(doing: string, folder: string): PodbsdError {
  return new PodbsdError({
    doing,
    problem: `${folder} exists, but holds no machine.json`,
    remedy: 'check what is in it, and move it away',
    exitCode: ExitCode.failed,
  });
}
