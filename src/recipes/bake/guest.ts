import { join } from 'node:path';
import type { Stage, StageRun } from '../../pipeline/stage.ts';
import { guestFolder, guestInputs, guestSources } from '../shared/guest-sources.ts';
import type { BakeEnv } from './env.ts';
import { insideStage } from './inside-stage.ts';
import type { Inside } from './machine.ts';
import { withPackages } from './pkg.ts';

/** Where the sources are while they are built. */
const WORK = '/var/tmp/podbsd-guest';
const AGENT = '/usr/local/libexec/podbsd/podbsd-agent';

/** Builds and installs podbsd's part of the guest with its own Makefile, by the compiler of FreeBSD's base. */
export function guestStage(env: BakeEnv): Stage {
  return insideStage(env, {
    layer: 'guest',
    title: 'Build and install podbsd-guest',
    inputs: guestInputs,
    work: async (inside, run) => {
      await env.local.bundleAgent(env.paths.agent);
      await inside.host.remove(WORK);
      for (const file of await guestSources())
        await inside.host.upload(join(guestFolder, file), `${WORK}/${file}`);
      await inside.host.upload(env.paths.agent, `${WORK}/podbsd-agent`);
      await withCompiler(inside, run, async () => {
        await inside.exec(['/usr/bin/make', '-C', WORK, `AGENT=${WORK}/podbsd-agent`, 'install']);
      });
      await inside.host.remove(WORK);
      return {};
    },
    check: async (inside) => {
      // Runs only when the engine, the bundle and the path between them are right.
      await inside.exec([AGENT, '--help'], { readOnly: true });
      return {};
    },
  });
}

/**
 * FreeBSD's cloud images come with a compiler. Where somebody has left it out, those of FreeBSD's own packages are
 * installed for the moment.
 */
async function withCompiler(inside: Inside, run: StageRun, work: () => Promise<void>): Promise<void> {
  if (inside.host.dryRun || (await inside.host.stat('/usr/bin/cc')) !== undefined) {
    await work();
    return;
  }
  await withPackages(inside, run, ['FreeBSD-set-devel'], work);
}
