import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/ground/assets.ts';

const folder = join(packageRoot, 'test/fixtures/ignition');

/** Configs that real podman clients have written, by file name. */
export const fixtures: readonly (readonly [name: string, text: string])[] = readdirSync(folder)
  .filter((name) => name.endsWith('.ign'))
  .sort()
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')]);

/** The same of podman's providers on macOS. */
export const appleFixtures = fixturesIn('apple');

/** Small configs that people met. */
export const caseFixtures = fixturesIn('cases');

function fixturesIn(name: string): (readonly [name: string, text: string])[] {
  return readdirSync(join(folder, name))
    .sort()
    .map((file) => [file, readFileSync(join(folder, name, file), 'utf8')]);
}

export function fixture(start: string): string {
  const found = fixtures.find(([name]) => name.startsWith(start));
  if (found === undefined) throw new Error(`there is no fixture ${start}*`);
  return found[1];
}

/** The key in a fixture. */
export function keyOf(text: string): string {
  const config = JSON.parse(text) as { passwd: { users: { sshAuthorizedKeys: string[] }[] } };
  return config.passwd.users[0]?.sshAuthorizedKeys[0] ?? '';
}

/** A config with only what is given, for spec 3.4.0. */
export function config(parts: object): string {
  return JSON.stringify({ ignition: { version: '3.4.0' }, ...parts });
}

export const aKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKfDfvauGIZ6cCWYW53kHf/ZlNxEsqcIBvaQ/KckrZJ3';
export const otherKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL1yv3q9kNGKLWB6EjqStgRVF1yJDu0kTJiNn3QD7IWU';
