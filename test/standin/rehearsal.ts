import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../src/ground/assets.ts';
import { findAccelerator } from '../../src/vm/accelerator.ts';
import { findArm64Firmware } from '../../src/vm/firmware.ts';
import { generateKeyPair } from '../../src/vm/keys.ts';
import type { MachineFolder } from '../../src/vm/machine-folder.ts';
import { ThrowawayMachine } from '../../src/vm/throwaway-machine.ts';
import { runChecks, type CheckResult } from '../../src/vm/verify/check.ts';
import { checksOfOneBoot } from '../../src/vm/verify/checks.ts';
import { Guest, type SharedVolume } from '../../src/vm/verify/guest.ts';
import { makeSharedVolume } from '../../src/vm/verify/shared-volume.ts';
import { buildInitramfs } from './initramfs.ts';
import type { Processor } from './processor.ts';
import { rehearsalConfig, type RehearsalConfig } from './rehearsal-config.ts';

/** A real client's config: volumes, rootful, another time zone than the usual. */
export const DEFAULT_CONFIG = join(packageRoot, 'test/fixtures/ignition/podman-4.3.1-rootful-volumes.ign');

/** Under emulation on a busy machine; a quiet one needs a tenth. */
const PATIENCE = { readyMs: 300_000, powerOffMs: 120_000 };

export interface RehearsalOptions {
  readonly config: string;
  /** What the guest is made for. */
  readonly processor: Processor;
  /** Leave the machine's folder (console log, config, initramfs) behind. */
  readonly keep: boolean;
  readonly onResult: (result: CheckResult) => void;
  readonly signal?: AbortSignal;
}

export interface Rehearsal {
  readonly results: readonly CheckResult[];
  /** The guest's serial console. */
  readonly console: string;
  /** The machine's folder, if it was kept. */
  readonly folder?: string;
}

/**
 * The boot story of a podman machine with the stand-in guest in FreeBSD's place: what podman hands over, what the agent
 * makes of it, and what podman then expects.
 */
export async function rehearse(options: RehearsalOptions): Promise<Rehearsal> {
  const key = await generateKeyPair('podbsd-rehearsal');
  // Root can share as any user; everybody else only as podman does, with equal uids on both sides.
  const ownUid = process.getuid?.();
  const config = await rehearsalConfig(options.config, key.publicKey, ownUid === 0 ? undefined : ownUid);
  let volumes: SharedVolume[] = [];

  const started = performance.now();
  const machine = await ThrowawayMachine.create(async (folder) => {
    volumes = await makeVolumes(folder, config);
    return await standInMachine(folder, options.processor, config, volumes);
  });
  try {
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    const built = { id: 'build', title: 'the stand-in guest is built', state: 'passed', seconds } as const;
    options.onResult(built);
    const guest = new Guest(machine, { ...config, key, volumes }, PATIENCE, options.signal);
    const results = await runChecks(checksOfOneBoot(volumes), guest, options.onResult, {
      signal: options.signal,
    });
    await guest.closeLogins();
    return {
      results: [built, ...results],
      console: await machine.console(),
      ...(options.keep ? { folder: machine.folder.path } : {}),
    };
  } finally {
    await (options.keep ? machine.kill() : machine.remove());
  }
}

async function standInMachine(
  folder: MachineFolder,
  processor: Processor,
  config: RehearsalConfig,
  volumes: readonly SharedVolume[],
) {
  const { architecture } = processor;
  const scratch = folder.file('build');
  await mkdir(scratch);
  const over9p = config.method === '9p-over-ssh';
  return {
    style: over9p ? 'podman-4' : 'podman-5',
    architecture,
    accelerator: await findAccelerator(architecture),
    ...(architecture === 'arm64' ? { firmware: await findArm64Firmware() } : {}),
    memoryMiB: 1024,
    cpus: 1,
    boot: { kind: 'kernel', ...(await buildInitramfs(scratch, processor)) },
    shares: volumes,
    shareTransport: over9p ? 'virtfs' : 'virtio-9p',
    securityModel: 'none',
    ignition: config.text,
  } as const;
}

/** The folders of the config's mount units, or two of the rehearsal's own. */
async function makeVolumes(folder: MachineFolder, config: RehearsalConfig): Promise<SharedVolume[]> {
  const wanted =
    config.mountUnits.length > 0
      ? config.mountUnits.map((unit) => ({ ...unit, readOnly: false }))
      : [
          { tag: 'vol0', target: '/srv/rehearsal', readOnly: false },
          { tag: 'vol1', target: '/mnt/read-only', readOnly: true },
        ];
  return await Promise.all(wanted.map((volume) => makeSharedVolume(folder, volume)));
}
