import type { SshHost } from '../../host/ssh.ts';
import type { Guest, SharedVolume } from './guest.ts';
import { BENCH_BYTES, ddSpeed, readCommand, writeCommand, type ShareBench } from './share-bench.ts';
import { mountVolume } from './volume-checks.ts';

/** Beside the guest's other temporary files, on its own disk and not in memory. */
const ON_DISK = '/var/tmp/podbsd-bench';
const NAME = 'podbsd-bench';

/**
 * Measures the writable share beside the guest's own disk, on an image that has passed all checks. The machine is
 * restarted between writing and reading, so that nothing is read from a cache.
 *
 * @throws Error when the guest does not do what its checks have shown before.
 */
export async function measureShare(guest: Guest): Promise<ShareBench> {
  const volume = guest.contract.volumes.find(({ readOnly }) => !readOnly);
  if (volume === undefined) throw new Error('there is no writable share to measure');
  const onShare = `${volume.target}/${NAME}`;
  const write = await once(guest, volume, async (root) => ({
    share: await speedOf(root, writeCommand(onShare)),
    disk: await speedOf(root, writeCommand(ON_DISK)),
  }));
  const read = await once(guest, volume, async (root) => ({
    share: await speedOf(root, readCommand(onShare)),
    disk: await speedOf(root, readCommand(ON_DISK)),
  }));
  return {
    share: { write: write.share, read: read.share },
    disk: { write: write.disk, read: read.disk },
  };
}

/** One boot, from the start to the power button. */
async function once<Result>(
  guest: Guest,
  volume: SharedVolume,
  use: (root: SshHost) => Promise<Result>,
): Promise<Result> {
  await guest.start();
  await guest.running.ready;
  // Otherwise a folder of the guest's own disk could be measured.
  await mountVolume(guest, volume);
  const result = await use(await guest.as('root'));
  await guest.closeLogins();
  await guest.running.powerOff(guest.patience.powerOffMs);
  return result;
}

/** By the guest's own clock; where its dd says nothing (busybox's can be built so), by ours, round trip included. */
async function speedOf(root: SshHost, argv: ReturnType<typeof writeCommand>): Promise<number> {
  const started = performance.now();
  const { stderr } = await root.run(argv);
  const seconds = (performance.now() - started) / 1000;
  return ddSpeed(stderr) ?? BENCH_BYTES / seconds;
}
