import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import type { Host } from '../../host/host.ts';
import { generateKeyPair, type KeyPair } from '../../vm/keys.ts';
import { readOne, readTree } from './overlay-files.ts';
import type { SeedFile } from './user-data.ts';

/** Keys of one bake. They are in the image only until it is sealed. */
export interface SeedKeys {
  /** What podbsd logs in with. */
  readonly login: KeyPair;
  /** The guest's host key, made here so that it is known before the guest first answers. */
  readonly host: KeyPair;
}

const names = { login: 'id_ed25519', host: 'ssh_host_ed25519_key' } as const;

/** The FAT disk that the guest reads at its first boot. */
export function seedDisk(folder: string): string {
  return join(folder, 'cidata.img');
}

export async function writeSeedKeys(host: Host, folder: string): Promise<SeedKeys> {
  const keys = { login: await generateKeyPair('podbsd bake'), host: await generateKeyPair('podbsd bake') };
  for (const kind of ['login', 'host'] as const) {
    await host.writeFile(join(folder, names[kind]), keys[kind].privateKey, { mode: 0o600 });
    await host.writeFile(join(folder, `${names[kind]}.pub`), `${keys[kind].publicKey}\n`);
  }
  return keys;
}

/** @throws Error when they are not there: nothing can be booted before the seed was made. */
export async function readSeedKeys(host: Host, folder: string): Promise<SeedKeys> {
  const read = async (name: string): Promise<string> => {
    const text = await host.readText(join(folder, name));
    if (text === undefined) throw new Error(`${join(folder, name)} is missing`);
    return text;
  };
  const pair = async (name: string): Promise<KeyPair> => ({
    privateKey: await read(name),
    publicKey: (await read(`${name}.pub`)).trim(),
  });
  return { login: await pair(names.login), host: await pair(names.host) };
}

/** What the seed writes into the guest besides the host key: image/bake/seed, and the settings of sshd. */
export async function seedTree(): Promise<readonly SeedFile[]> {
  const sshd = '/etc/rc.conf.d/sshd';
  const settings = readOne(join(packageRoot, 'image/overlay', sshd), sshd);
  const files = [...(await readTree(join(packageRoot, 'image/bake/seed'))), await settings];
  return files.flatMap((file) =>
    file.kind === 'link' ? [] : [{ path: file.path, content: file.content.toString(), permissions: '0644' }],
  );
}

/** The guest's host key as the files that sshd looks for. */
export function hostKeyFiles({ host }: SeedKeys): readonly SeedFile[] {
  const path = `/etc/ssh/${names.host}`;
  return [
    { path, content: host.privateKey, permissions: '0600' },
    { path: `${path}.pub`, content: `${host.publicKey}\n`, permissions: '0644' },
  ];
}
