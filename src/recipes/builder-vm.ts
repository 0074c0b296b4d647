import { join } from 'node:path';
import type { Host } from '../host/host.ts';
import { takeLock } from '../pipeline/lock.ts';
import { select } from '../pipeline/plan.ts';
import { standaloneRun } from '../pipeline/stage-run.ts';
import { builderConfig, builderRecipe, building } from './bake/builder.ts';
import type { BakeEnv } from './bake/env.ts';
import { bakeEnv, machineBuild } from './bake/open.ts';
import type { Build, Opening, Order } from './build.ts';
import { openPoudriere } from './poudriere/open.ts';
import { logFolder } from './shared/env.ts';
import { requireServing } from './shared/release.ts';

/**
 * `--builder vm`: makes a FreeBSD machine with Poudriere, and builds in it as on any other over SSH. Its disk stays,
 * and with it what Poudriere has built.
 */
export function openBuilderVm(opening: Opening): Build {
  const { loaded } = opening;
  const env = bakeEnv({ ...opening, loaded: { ...loaded, config: builderConfig(loaded.config) } }, 'builder');
  const machine = machineBuild(opening, env, builderRecipe(env), {
    // Held as long as the machine runs: each of the two parts takes the lock of its own directory besides.
    lock: join(env.paths.directory, 'machine-lock'),
    logs: logFolder(env, 'builder'),
    purpose: building,
  });
  return { ...machine, run: (order) => buildInside(opening, env, machine, order) };
}

async function buildInside(opening: Opening, env: BakeEnv, build: Build, order: Order): Promise<void> {
  // What cannot be built, or a stage that does not exist, is reported before the machine is made.
  requireServing(opening.loaded.config.build);
  select(openPoudriere(opening, env.host).stages, order.range);
  await build.check?.();
  const { host, machine } = env;
  const run = standaloneRun(host, opening.say, opening.signal);
  const lock = await takeLock(host, build.lock);
  let inside: Host | undefined;
  try {
    await build.stopOrphans(run);
    await build.run({ ...order, range: {} });
    inside = (await machine.enter('builder', run)).host;
    await openPoudriere(opening, inside).run(order);
    await machine.powerOff(run);
  } catch (error) {
    // The machine is about to be stopped: what the journal in it says must be on its disk.
    await inside?.run(['/sbin/zpool', 'sync']).catch(() => undefined);
    throw error;
  } finally {
    await machine.close();
    await lock.release();
  }
}
