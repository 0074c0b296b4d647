import { readdir } from 'node:fs/promises';
import * as z from 'zod';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';
import { readText } from '../ground/read-text.ts';
import { replaceFile } from '../ground/replace-file.ts';
import { checkMachineName, isMachineName } from './names.ts';
import { machinePaths, type MachinePaths } from './paths.ts';
import type { MachinePlaces } from './places.ts';
import { providerNames } from './provider/names.ts';

const volumeSchema = z.object({
  /** Absolute path on the host. */
  source: z.string().startsWith('/'),
  /** Absolute path in the guest. */
  target: z.string().startsWith('/'),
  readOnly: z.boolean(),
});

/** What machine.json holds: the settings, and what must be the same at the next start. */
export const machineSchema = z.object({
  schema: z.literal('podbsd-machine/1'),
  name: z.string().refine(isMachineName),
  created: z.iso.datetime(),
  lastUp: z.iso.datetime().optional(),
  /** It is to be started by the command that made it, which has not come to its end: what that was given as image. */
  unfinished: z.object({ image: z.string() }).optional(),
  /** Where the disk came from, for people. */
  image: z.string(),
  architecture: z.enum(['amd64', 'arm64']),
  provider: z.enum(providerNames).default('qemu'),
  cpus: z.int().positive(),
  memoryMiB: z.int().positive(),
  diskGiB: z.int().positive(),
  user: z.string(),
  uid: z.int().positive(),
  /** Which account `ssh` and the API socket use by default: root, or `user`. */
  rootful: z.boolean(),
  timezone: z.string(),
  volumes: z.array(volumeSchema),
  network: z.enum(['auto', 'gvproxy', 'user']),
  /** Keep a docker context of the machine's name. */
  dockerContext: z.boolean(),
  /** The guest's sshd on the host's loopback. Changed only when another program has taken it. */
  sshPort: z.int().min(1024).max(65535),
  /** `ssh-ed25519 AAAA...`, recorded at the first login. */
  hostKey: z
    .string()
    .regex(/^\S+ \S+$/)
    .optional(),
  /** The folder of its sockets since the last start: another session of this user may have another XDG_RUNTIME_DIR. */
  runtime: z.string().startsWith('/').optional(),
  /** What was registered with podman and docker, so that exactly that is removed. */
  registered: z
    .object({
      port: z.int(),
      connections: z.array(z.string()),
      dockerContext: z.boolean(),
      knownHost: z.string().optional(),
    })
    .optional(),
});
export type MachineRecord = z.infer<typeof machineSchema>;
export type MachineVolume = z.infer<typeof volumeSchema>;

/** A machine that exists. */
export interface Machine {
  readonly record: MachineRecord;
  readonly paths: MachinePaths;
}

/** @throws PodbsdError when there is no machine of this name. */
export async function openMachine(places: MachinePlaces, name: string): Promise<Machine> {
  const paths = machinePaths(places, checkMachineName(name));
  const text = await readText(paths.record);
  if (text === undefined) throw noSuchMachine(name);
  const record = parseRecord(text, paths);
  const { provider, runtime } = record;
  return {
    record,
    paths: machinePaths(places, name, { provider, ...(runtime === undefined ? {} : { runtime }) }),
  };
}

export async function machineExists(places: MachinePlaces, name: string): Promise<boolean> {
  return isMachineName(name) && (await exists(machinePaths(places, name).record));
}

/** All machines of this user, by name. One that cannot be read does not hide the others. */
export async function listMachines(
  places: MachinePlaces,
  onDamaged: (error: PodbsdError) => void,
): Promise<Machine[]> {
  const machines: Machine[] = [];
  for (const name of await namesIn(places.data))
    try {
      if (await machineExists(places, name)) machines.push(await openMachine(places, name));
    } catch (error) {
      if (!(error instanceof PodbsdError)) throw error;
      onDamaged(error);
    }
  return machines;
}

/** The names of all machines, sorted; including damaged ones. */
export async function machineNames({ data }: MachinePlaces): Promise<string[]> {
  return (await namesIn(data)).filter(isMachineName);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await exists(folder)) ? (await readdir(folder)).sort() : [];
}

/** Changes some of a machine's settings. The file is replaced as a whole or not at all. */
export async function saveMachine(
  { record, paths }: Machine,
  changes: Partial<MachineRecord>,
): Promise<Machine> {
  const changed: MachineRecord = { ...record, ...changes };
  await replaceFile(paths.record, formatRecord(changed), 0o600);
  return { record: changed, paths };
}

export function formatRecord(record: MachineRecord): string {
  return `${JSON.stringify(machineSchema.parse(record), undefined, 2)}\n`;
}

function parseRecord(text: string, paths: MachinePaths): MachineRecord {
  try {
    return machineSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new PodbsdError({
      doing: `reading ${paths.record}`,
      problem: error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error),
      remedy: `repair the file by hand; the disk in ${paths.folder} is not affected`,
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}

function noSuchMachine(name: string): PodbsdError {
  return new PodbsdError({
    doing: `looking for the machine ${name}`,
    problem: 'there is no machine of this name',
    remedy: `podbsd machine list shows all; podbsd machine init ${name} --image IMAGE makes it`,
    exitCode: ExitCode.failed,
  });
}
