import { join } from 'node:path';
import { lacks } from '../../host/ask.ts';
import { nothing, type Stage, type StageRun } from '../../pipeline/stage.ts';
import { bundleAgentFor } from '../shared/agent-bundle.ts';
import { guestFolder, guestInputs, guestSources } from '../shared/guest-sources.ts';
import { putFiles } from './archive.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Ground } from './inside-stage.ts';
import type { Inside } from './inside.ts';
import { readOne } from './overlay-files.ts';
import { withPackages } from './pkg.ts';

/** Where the sources are while they are built. */
const WORK = '/var/tmp/podbsd-guest';
const AGENT = '/usr/local/libexec/podbsd/podbsd-agent';

/** Builds and installs podbsd's part of the guest with its own Makefile, by the compiler of FreeBSD's base. */
export function guestStage(env: BakeEnv, ground: Ground): Stage {
  return insideStage(env, ground, {
    layer: 'guest',
    title: 'Build and install podbsd-guest',
    outputs: nothing,
    inputs: guestInputs,
    work: async (inside, run) => {
      await bundleAgentFor(env.here, env.paths.agent);
      await inside.host.remove(WORK);
      const sources = (await guestSources()).map(
        (file) => [join(guestFolder, file), `${WORK}/${file}`] as const,
      );
      await putFiles(inside, await Promise.all(sources.map(([file, path]) => readOne(file, path))));
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
 * FreeBSD's cloud images come with a compiler. Where it is missing, FreeBSD's own packages with it are installed
 * temporarily.
 */
async function withCompiler(inside: Inside, run: StageRun, work: () => Promise<void>): Promise<void> {
  if (await lacks(inside.host, '/usr/bin/cc')) await withPackages(inside, run, ['FreeBSD-set-devel'], work);
  else await work();
}
