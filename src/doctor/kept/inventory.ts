import { dirname } from 'node:path';
import { diskUsage } from '../../ground/disk-usage.ts';
import { exists } from '../../ground/exists.ts';
import { quoteWord } from '../../ground/quote.ts';
import { imageStore, listImages } from '../../images/store.ts';
import { machinePlaces } from '../../machine/places.ts';
import { listMachines } from '../../machine/record.ts';
import { machineState } from '../../machine/state.ts';
import { setupPaths, userFolders } from '../../podman/user-folders.ts';
import type { KnownBuild } from '../../recipes/known-builds.ts';
import { downloadsKept } from './downloads.ts';
import { guestsKept } from './guests.ts';
import { keptKinds, type Kept, type OnNotice } from './kept.ts';
import { leftovers } from './leftovers.ts';

/** Everything that podbsd keeps on this host for this user, by kind. Nothing is changed. */
export async function inventory(
  builds: readonly KnownBuild[],
  onNotice: OnNotice,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Kept[]> {
  const parts = await Promise.all([
    buildsKept(builds),
    downloadsKept(),
    imagesKept(env, onNotice),
    machinesKept(env, onNotice),
    guestsKept(onNotice),
    helpersKept(env),
    leftovers(env),
  ]);
  const all = parts.flat();
  return keptKinds.flatMap((kind) => all.filter((one) => one.kind === kind));
}

async function buildsKept(builds: readonly KnownBuild[]): Promise<Kept[]> {
  return await Promise.all(
    builds.map(async ({ name, build: { directory }, state }) => ({
      ...{ kind: 'build' as const, name, path: directory, state },
      bytes: await diskUsage(directory),
      remove: 'podbsd clean --all',
    })),
  );
}

async function imagesKept(env: NodeJS.ProcessEnv, onNotice: OnNotice): Promise<Kept[]> {
  const images = await listImages(imageStore(env), ({ message }) => onNotice(message));
  return await Promise.all(
    images.map(async ({ name, dir }) => ({
      ...{ kind: 'image' as const, name, path: dir, state: 'done' },
      bytes: await diskUsage(dir),
      remove: `podbsd image rm ${name}`,
    })),
  );
}

async function machinesKept(env: NodeJS.ProcessEnv, onNotice: OnNotice): Promise<Kept[]> {
  const machines = await listMachines(machinePlaces(env), ({ message }) => onNotice(message));
  return await Promise.all(
    machines.map(async (machine) => ({
      ...{ kind: 'machine' as const, name: machine.record.name, path: machine.paths.folder },
      state: await machineState(machine),
      bytes: await diskUsage(machine.paths.folder),
      remove: `podbsd machine rm ${quoteWord(machine.record.name)}`,
    })),
  );
}

async function helpersKept(env: NodeJS.ProcessEnv): Promise<Kept[]> {
  const { helpers, dropIn, console: consoles } = setupPaths(userFolders(env));
  if (!(await exists(helpers)) && !(await exists(dropIn))) return [];
  const bytes = (await diskUsage(helpers)) + (await diskUsage(dropIn)) + (await diskUsage(consoles));
  const state = (await exists(helpers)) && (await exists(dropIn)) ? 'done' : 'incomplete';
  const path = (await exists(helpers)) ? helpers : dirname(dropIn);
  return [
    { kind: 'helpers', name: "podman's helpers", path, state, bytes, remove: 'podbsd setup-podman --undo' },
  ];
}
