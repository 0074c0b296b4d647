import { chmod, constants, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { buildDisk } from '../standin/disk.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { missing } from '../support/programs.ts';
import { clients, clientUnavailable, type PodmanClient } from './clients.ts';
import { machineStory } from './story.ts';
import { Workspace } from './workspace.ts';

/** `npm run test:e2e` sets it. What plain `npm test` has of this is a part of test/recipes/bake/recipe.test.ts. */
const wanted = process.env['PODBSD_E2E'] === 'all';
/** A real FreeBSD image in place of the stand-in. */
const given = process.env['PODBSD_IMAGE'];

const TIMEOUT = 1_200_000;

interface Way {
  readonly client: PodmanClient;
  readonly rootful: boolean;
  readonly restart: boolean;
  readonly user?: string;
  readonly proxy?: string;
}

const other = { user: 'dev', proxy: 'http://127.0.0.1:3128' };
const ways: readonly Way[] = clients.flatMap((client) => [
  { client, rootful: false, restart: true },
  { client, rootful: true, restart: false, ...other },
]);

const reason =
  (wanted ? undefined : 'only npm run test:e2e has every client') ??
  standInDiskUnavailable() ??
  missing('setpriv', 'useradd', 'ssh', 'ssh-keygen');

describe.skipIf(reason !== undefined)('stock podman', () => {
  let folder = '';
  let image = '';
  let workspace: Workspace | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pe2e-image-'));
    await chmod(folder, 0o755);
    if (given !== undefined) {
      // Where the unprivileged user can read it, whose working directory is another one.
      image = join(folder, basename(given));
      await copyFile(given, image, constants.COPYFILE_FICLONE);
      await chmod(image, 0o644);
      return;
    }
    image = join(folder, 'standin.qcow2');
    const raw = await buildDisk(folder);
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, image]);
  }, TIMEOUT);
  afterEach(async () => workspace?.remove());
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  for (const way of ways) {
    const { client, rootful, restart } = way;
    const what = `rootful ${rootful}, restart ${restart}`;
    it(`${client.version} with QEMU ${client.qemu}, ${what}`, { timeout: TIMEOUT }, async ({ skip }) => {
      const unavailable = await clientUnavailable(client);
      if (unavailable !== undefined) skip(unavailable);
      workspace = await Workspace.create(client, way.proxy);
      await machineStory(workspace, { ...way, image });
    });
  }
});
