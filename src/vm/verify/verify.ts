import { generateKeyPair } from '../keys.ts';
import { volumeTag, type VolumeMethod } from '../podman-commands.ts';
import { ThrowawayMachine } from '../throwaway-machine.ts';
import type { IgnitionEra } from '../ignition-config.ts';
import { runChecks, type CheckResult } from './check.ts';
import { checksOfTwoBoots } from './checks.ts';
import { Guest, type GuestContract, type Patience } from './guest.ts';
import { expectVerifiable, imageMachine, type ImageMachineOptions } from './image-machine.ts';
import { measureShare } from './measure-share.ts';
import type { ShareBench } from './share-bench.ts';
import { makeSharedVolume } from './shared-volume.ts';

export interface VerifyOptions extends ImageMachineOptions {
  readonly patience: Patience;
  /** Measures a share beside the guest's own disk once all checks have passed; two more boots. */
  readonly bench?: boolean | undefined;
  /** Tries each line of docs/containers.md, too. */
  readonly containers?: boolean | undefined;
  readonly onResult: (result: CheckResult) => void;
  /** Is told what is checked next, and at the end what is measured: a boot takes minutes under emulation. */
  readonly onBegin?: (title: string) => void;
  readonly signal?: AbortSignal;
}

export interface VerifyReport {
  readonly image: string;
  readonly client: IgnitionEra;
  readonly accelerator: string;
  readonly passed: boolean;
  readonly results: readonly CheckResult[];
  /** Bytes a second, when they were asked for and all checks have passed. */
  readonly bench?: ShareBench;
  /** Everything that the guest has printed on its serial console. */
  readonly console: string;
}

const methods: Readonly<Record<IgnitionEra, VolumeMethod>> = {
  '4.3': '9p-over-ssh',
  '5.4': 'virtiofs-over-ssh',
  '6.0': 'mount-units',
};

/** The uid of the machine's user when root verifies; one that no image uses itself. */
const UID_UNDER_ROOT = 2001;

/**
 * Boots an image twice as podman would and checks the whole contract between podman and its guest. The image is never
 * written; no process and no file is left behind.
 */
export async function verifyImage(options: VerifyOptions): Promise<VerifyReport> {
  await expectVerifiable(options);
  const ownUid = process.getuid?.() ?? 0;
  let contract: GuestContract | undefined;
  const machine = await ThrowawayMachine.create(async (folder) => {
    const wanted = [
      { target: '/srv/podbsd-verify', readOnly: false },
      { target: '/mnt/podbsd-verify', readOnly: true },
    ];
    const volumes = wanted.map((volume, index) =>
      makeSharedVolume(folder, { ...volume, tag: volumeTag(methods[options.era], volume.target, index) }),
    );
    contract = {
      user: 'core',
      uid: ownUid === 0 ? UID_UNDER_ROOT : ownUid,
      key: await generateKeyPair('podbsd-verify'),
      timezone: 'Europe/Berlin',
      method: methods[options.era],
      volumes: await Promise.all(volumes),
    };
    return await imageMachine(folder, contract, options);
  });
  try {
    if (contract === undefined) throw new Error('the machine was made without a contract');
    const guest = new Guest(machine, contract, options.patience, options.signal);
    const checks = checksOfTwoBoots(contract.volumes, options.containers === true);
    const results = await runChecks(checks, guest, options.onResult, options);
    await guest.closeLogins();
    const passed = results.every((result) => result.state === 'passed');
    if (options.bench === true && passed) options.onBegin?.('measuring a share, two more boots');
    const bench = options.bench === true && passed ? { bench: await measureShare(guest) } : {};
    return {
      image: options.image,
      client: options.era,
      accelerator: machine.spec.accelerator,
      passed,
      results,
      ...bench,
      console: await machine.console(),
    };
  } finally {
    await machine.remove();
  }
}
