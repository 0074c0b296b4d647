import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';
import { disableAutostart } from './autostart/autostart.ts';
import { autostartService } from './autostart/service.ts';
import { unregisterMachine } from './connections.ts';
import { withMachineLock } from './lock.ts';
import { podbsdCommand } from './own-command.ts';
import type { MachinePlaces } from './places.ts';
import { diskFormats } from './provider/names.ts';
import { openMachine, type Machine } from './record.ts';
import { vmProcess } from './state.ts';
import { stop } from './stop.ts';

export interface RemoveOptions {
  /** End a machine that runs. Without it a running machine is not removed. */
  readonly force: boolean;
  /** Move the disk beside the machine's folder instead of removing it. */
  readonly saveImage: boolean;
  readonly path: string;
  /** Is told what could not be undone, and how to do it: no reason to keep the machine. */
  readonly onNotice: (text: string) => void;
}

/** Milliseconds for the guest to shut down before it is forced off; short, as its disk is removed. */
const STOP_LIMIT = 10_000;

/** What `rm` takes away, for the question before it. */
export function belongings({ paths }: Machine, saveImage: boolean): string[] {
  return saveImage ? [`${paths.folder} (but not ${paths.disk})`] : [paths.folder];
}

/**
 * Removes a machine and everything that belongs to it.
 * @returns where the disk was moved to, when it was to be kept.
 */
export async function removeMachine(
  places: MachinePlaces,
  name: string,
  { force, saveImage, path, onNotice }: RemoveOptions,
): Promise<string | undefined> {
  const { paths } = await openMachine(places, name);
  return await withMachineLock({ name, lock: paths.lock }, `removing ${name}`, async () => {
    const machine = await openMachine(places, name);
    if ((await vmProcess(machine)) !== undefined && !force) throw running(name);
    await stop(machine, { limitMs: saveImage ? STOP_LIMIT * 6 : STOP_LIMIT });
    for (const error of await unregisterMachine(places, machine, path)) onNotice(error.message);
    await noAutostart(name, onNotice);
    const kept = saveImage ? await keepDisk(places, machine) : undefined;
    // Renamed first: an interrupted removal leaves no partial machine under the name.
    const going = join(places.data, `.removing-${name}-${process.pid}`);
    await rename(paths.folder, going);
    await rm(going, { recursive: true, force: true });
    await rm(paths.runtime, { recursive: true, force: true });
    return kept;
  });
}

/** On FreeBSD only root may remove the script. */
async function noAutostart(name: string, onNotice: (text: string) => void): Promise<void> {
  const { platform, env } = process;
  const service = await autostartService(name, { platform, env, podbsd: podbsdCommand(), user: '' });
  try {
    await disableAutostart(service);
  } catch (error) {
    onNotice(
      `${service.path} is still there: ${messageOf(error)}\nas root: podbsd machine autostart --off ${name}`,
    );
  }
}

async function keepDisk(places: MachinePlaces, { record, paths }: Machine): Promise<string> {
  const kept = join(places.data, `${record.name}-${Date.now()}.${diskFormats[record.provider]}`);
  await rename(paths.disk, kept);
  return kept;
}

function running(name: string): PodbsdError {
  return new PodbsdError({
    doing: `removing ${name}`,
    problem: 'the machine is running',
    remedy: `podbsd machine stop ${name}, or add --force`,
    exitCode: ExitCode.failed,
  });
}
