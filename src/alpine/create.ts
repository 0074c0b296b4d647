import { basename, join } from 'node:path';
import { megabytes, type AlpineConfig } from '../config/alpine.ts';
import { requireAll, type Lack } from '../ground/lack/lack.ts';
import { lackOfProgram } from '../ground/lack/program.ts';
import { lackOfSpace } from '../ground/lack/space.ts';
import { lackOfWriting } from '../ground/lack/writing.ts';
import type { Host } from '../host/host.ts';
import { formatGuest, readGuest, type Guest } from './bundle.ts';
import { bundleFiles } from './bundle-files.ts';
import { editedFiles, fingerprints, refuseEdited, refuseOtherGuest } from './edits.ts';
import { diskSerial, guestMac, guestUuid } from './identity.ts';
import type { SshKeyPair } from '../host/ssh/key-pair.ts';
import { keepKeyPair } from './keys.ts';
import { keyBlob, knownHostsLine } from '../host/ssh/known-hosts.ts';
import { writeMedia } from './media/media.ts';
import { composeOverlay } from './overlay/compose.ts';
import { packOverlay } from './overlay/pack.ts';
import { branchOfIso } from './release/iso-name.ts';
import { makeBeside } from './stage.ts';
import { formatVmConf, OVERLAY_DISK, vmSettings } from './vm-conf.ts';

export interface CreateInput {
  readonly name: string;
  readonly config: AlpineConfig;
  /** Output folder; created when missing. Keys found there are reused. */
  readonly outDir: string;
  /** The ISO image that the guest will boot; only its name matters here. */
  readonly iso?: string | undefined;
  /** Overwrite files that were edited. */
  readonly force?: boolean | undefined;
}

export interface Created {
  readonly guest: Guest;
  /** Absolute or relative as `outDir` is. */
  readonly files: readonly string[];
}

const MEGABYTE = 1024 * 1024;

/** Free space that making a guest takes: the FAT of its overlay disk, and the overlay twice. */
const SPACE = 3 * MEGABYTE;

/**
 * Makes everything that a guest needs, on any host and without root: overlay, disk, vm-bhyve configuration, keys.
 * The same name, table, keys and ISO image give the same bytes. What fails leaves the folder as it was.
 */
export async function createGuest(host: Host, input: CreateInput): Promise<Created> {
  const { name, iso, config, outDir } = input;
  requireAll(`making the guest ${name}`, await createLacks(input));
  await refuseLosses(host, input);
  // An ISO image of no known branch is refused before anything is made.
  const branch = iso === undefined ? config.branch : branchOfIso(basename(iso));
  // The file that is moved last marks the folder as complete.
  const guest = await makeBeside(
    outDir,
    bundleFiles.guest,
    async (stage) => await makeFiles(host, input, branch, stage),
  );
  return { guest, files: createdFiles(input) };
}

async function makeFiles(host: Host, input: CreateInput, branch: string, stage: string): Promise<Guest> {
  const { name, config, outDir } = input;
  const hostname = config.hostname ?? name;
  const hostKey = await keepKeyPair(host, join(outDir, bundleFiles.hostKey), stage, `root@${hostname}`);
  const userKey = await ownKey(host, input, stage);
  const guest = describeGuest(input, branch, hostKey, userKey !== undefined);

  const overlay = packOverlay(
    await composeOverlay({
      config,
      hostname,
      branch,
      hostKey,
      authorizedKeys: userKey === undefined ? config.ssh_authorized_keys : [userKey.publicKey],
    }),
  );
  const path = (file: string): string => join(stage, file);
  const names = [...new Set([name, hostname, ...(guest.address === undefined ? [] : [guest.address])])];
  await writeMedia(path(OVERLAY_DISK), {
    size: megabytes(config.overlay_disk) * MEGABYTE,
    serial: diskSerial(name),
    overlayName: bundleFiles.overlay(hostname),
    overlay,
    cache: !config.overlay_readonly,
  });
  await host.writeFile(path(bundleFiles.overlay(name)), overlay, { mode: 0o600 });
  await host.writeFile(path(bundleFiles.conf(name)), formatVmConf(vmSettings(confInput(input, guest))));
  await host.writeFile(
    path(bundleFiles.knownHosts),
    `${knownHostsLine(names, keyBlob(hostKey.publicKey))}\n`,
  );
  const finished = { ...guest, made: await fingerprints(stage, changeable(name)) };
  await host.writeFile(path(bundleFiles.guest), formatGuest(finished));
  return finished;
}

/** What is missing here to make a guest. */
export async function createLacks({
  outDir,
}: Pick<CreateInput, 'outDir'>): Promise<readonly (Lack | undefined)[]> {
  const writing = await lackOfWriting(outDir);
  const space = writing === undefined ? await lackOfSpace(outDir, SPACE, 'a guest') : undefined;
  return [lackOfProgram('mtools'), writing, space];
}

/**
 * Edited files that creating the guest again would overwrite.
 * @throws PodbsdError when the folder holds another guest.
 */
export async function lossesOf(host: Host, { name, outDir }: CreateInput): Promise<string[]> {
  const isThere = (await host.stat(join(outDir, bundleFiles.guest))) !== undefined;
  const remedy = 'give another folder with --out';
  const before = isThere ? await readGuest(host, outDir, remedy) : undefined;
  if (before !== undefined) refuseOtherGuest(outDir, name, before);
  return await editedFiles(outDir, changeable(name), before);
}

async function refuseLosses(host: Host, input: CreateInput): Promise<void> {
  const edited = await lossesOf(host, input);
  if (input.force !== true && edited.length > 0) throw refuseEdited(input.name, edited);
}

/** The files of a guest that users may edit. */
function changeable(name: string): string[] {
  return [bundleFiles.overlay(name), OVERLAY_DISK, bundleFiles.conf(name)];
}

/** The files that `createGuest` leaves in the output folder. */
export function createdFiles({ name, config, outDir }: CreateInput): string[] {
  const { guest, knownHosts, hostKey, userKey, overlay, conf } = bundleFiles;
  const keys = config.ssh_authorized_keys.length === 0 ? [hostKey, userKey] : [hostKey];
  const pairs = keys.flatMap((key) => [key, `${key}.pub`]);
  return [overlay(name), OVERLAY_DISK, conf(name), guest, knownHosts, ...pairs].map((file) =>
    join(outDir, file),
  );
}

async function ownKey(
  host: Host,
  { name, config, outDir }: CreateInput,
  stage: string,
): Promise<SshKeyPair | undefined> {
  if (config.ssh_authorized_keys.length > 0) return undefined;
  return await keepKeyPair(host, join(outDir, bundleFiles.userKey), stage, `podbsd-${name}`);
}

function describeGuest(
  { name, config }: CreateInput,
  branch: string,
  hostKey: SshKeyPair,
  made: boolean,
): Guest {
  return {
    format: 1,
    name,
    hostname: config.hostname ?? name,
    uuid: guestUuid(name),
    mac: guestMac(name),
    engine: config.engine,
    ...(config.network === 'dhcp' ? {} : { address: config.network.address.replace(/\/.*/, '') }),
    mirror: config.mirror,
    branch,
    overlayReadonly: config.overlay_readonly,
    dataMegabytes: config.data_disk === 'none' ? 0 : megabytes(config.data_disk),
    vmDir: config.vm_dir,
    dataset: config.dataset,
    switch: config.switch,
    ...(config.interface === undefined ? {} : { interface: config.interface }),
    hostKey: hostKey.publicKey.split(' ').slice(0, 2).join(' '),
    ownKey: made,
  };
}

/**
 * Without a known ISO image the configuration names the place where `install` would link one; `install` then sets the
 * real path.
 */
function confInput({ config, iso }: CreateInput, guest: Guest) {
  const file = iso === undefined ? 'alpine-virt-x86_64.iso' : basename(iso);
  return { config, uuid: guest.uuid, mac: guest.mac, iso: `${config.vm_dir}/.iso/${file}` };
}
