import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { openSite, type Site } from '../../../src/alpine/site/site.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { create, ISO, scratch } from './fixture.ts';

const doubles = fileURLToPath(new URL('../../doubles/bhyve/bin', import.meta.url));

/** A FreeBSD host made of doubles, with a guest that `create` has made, ready to be installed. */
export interface FakeFreebsd {
  readonly site: Site;
  readonly local: LocalHost;
  /** vm-bhyve's folder once it is set up. */
  readonly vmDir: string;
  /** Folder that `create` has made. */
  readonly bundle: string;
  /** An ISO image; only its name and its presence matter. */
  readonly iso: string;
  readonly home: string;
  /** Puts a line into a file of the host's state. */
  state(file: string, line: string): Promise<void>;
  /** A file of the host's state. */
  read(file: string): Promise<string>;
  /** The commands that were run since the last call, those that only look left out. */
  changes(): Promise<string[]>;
  /** Another image beside the first. */
  otherIso(name: string): Promise<string>;
}

const LOOKING =
  /^(uname|id|hostname|nc|arp|route|pkg info|kldstat|sysrc -n|zfs (list|get)|zpool list|vm (switch )?list|podman system connection list|docker context inspect)\b/;

/** Everything is in temporary folders; PATH, HOME and the state folder are this test's own until it ends. */
export async function fakeFreebsd(
  keys: object = {},
  options: { readonly iso?: string | undefined } = { iso: ISO },
): Promise<FakeFreebsd> {
  const root = scratch();
  const stateFolder = join(root, 'state');
  const home = join(root, 'home');
  const vmDir = join(root, 'vm');
  await mkdir(stateFolder);
  await mkdir(home);
  await writeFile(join(stateFolder, 'pools'), 'zroot\n');
  vi.stubEnv('BHYVE_STATE', stateFolder);
  vi.stubEnv('HOME', home);
  vi.stubEnv('PATH', `${doubles}:${process.env['PATH'] ?? ''}`);
  const bundle = join(root, 'docker');
  await create(bundle, { vm_dir: vmDir, network: fixed, data_disk: '30M', ...keys }, options);
  const otherIso = async (name: string): Promise<string> => {
    await writeFile(join(root, name), name);
    return join(root, name);
  };
  const iso = await otherIso(ISO);
  const local = new LocalHost();
  const state = join(stateFolder, '/');
  let seen = 0;
  return {
    site: await openSite(local, { root: true, doing: 'testing' }),
    ...{ local, vmDir, bundle, iso, home, otherIso },
    state: async (file, line) => await appendFile(join(state, file), `${line}\n`),
    read: async (file) => (existsSync(join(state, file)) ? await readFile(join(state, file), 'utf8') : ''),
    changes: async () => {
      const calls = (await readFile(join(state, 'calls'), 'utf8')).trimEnd().split('\n');
      const fresh = calls.slice(seen).filter((line) => !LOOKING.test(line) && !/^ssh .* true$/.test(line));
      seen = calls.length;
      return fresh;
    },
  };
}

const fixed = { address: '192.0.2.10/24', gateway: '192.0.2.1', dns: ['192.0.2.53'] };
