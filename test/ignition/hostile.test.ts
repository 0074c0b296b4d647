import { describe, expect, it } from 'vitest';
import { provision } from '../../ignition/src/commands/provision.ts';
import { readStatus } from '../../ignition/src/state/status.ts';
import { config, fixture } from './support/fixtures.ts';
import { freshGuest, type Guest } from './support/freebsd.ts';

/** Each takes the place of every string of a config, one after the other. */
const hostileStrings = [
  '$(touch /pwned)',
  '`touch /pwned`',
  '"; touch /pwned; "',
  "'; touch /pwned; '",
  'a\ntouch /pwned',
  'a\u0000b',
  '-rf',
  '--help',
  '../../../etc/master.passwd',
  '/etc/../pwned',
  '/home/core/../../pwned',
  'root2:0:0',
  'core ALL=(ALL) ALL\nevil',
  '%s%n',
  '',
  '\ud800',
  'x'.repeat(5000),
  'data:,%0Atouch%20/pwned',
];

const hostileValues = [null, 0, -1, 1e308, true, [], {}, [[]], { path: '/pwned' }];

const hostile = [...hostileStrings, ...hostileValues].map((value): [label: string, value: unknown] => [
  JSON.stringify(value).slice(0, 40),
  value,
]);

type Json = Record<string, unknown> | unknown[];

/** Every place of a config that holds a string or a number. */
function places(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => places(entry, [...path, index]));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, entry]) => places(entry, [...path, key]));
  }
  return [path];
}

/** One place of each kind, such as the path of a file: the last one. */
function differentPlaces(text: string): (readonly (string | number)[])[] {
  const kindOf = (path: readonly (string | number)[]): string =>
    path.filter((key) => typeof key === 'string').join('/');
  return [...new Map(places(JSON.parse(text)).map((path) => [kindOf(path), path])).values()];
}

function replaced(text: string, path: readonly (string | number)[], value: unknown): string {
  const root = JSON.parse(text) as Json;
  let holder: Record<string | number, unknown> = root as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>;
  holder[path.at(-1) ?? ''] = value;
  return JSON.stringify(root);
}

function run(text: string): Guest {
  const guest = freshGuest();
  guest.tags.push('96b53e47e3fc7c29db4c5a4c6977dec');
  guest.fwcfg.set('opt/com.coreos/config', text);
  provision(guest.system);
  return guest;
}

const pathsOf = (lines: readonly string[]): string[] => lines.map((line) => line.split(' ')[0] ?? '');
const untouched = new Set(freshGuest().system.listing());

/** Paths that are not as in a fresh image. */
function changedPaths(guest: Guest): string[] {
  const now = guest.system.listing();
  const nowSet = new Set(now);
  const gone = [...untouched].filter((line) => !nowSet.has(line));
  return [...new Set(pathsOf([...now.filter((line) => !untouched.has(line)), ...gone]))];
}

/** The programs that the agent knows, and arguments that belong to it: nothing of the config is a program. */
const knownPrograms = new Set(freshGuest().system.programs.keys());

describe.each(['podman-4.3.1-rootful', 'podman-6.0.0'])('a hostile config made of %s', (name) => {
  const text = fixture(name);
  // Left alone as long as the config says nothing of its own about it.
  const named = '/usr/local/etc/containers/containers.conf';
  const usual = new Set([...changedPaths(run(text)), '/dev/console', named]);

  it.each(hostile)('does no harm with %s in any place', (_label, value) => {
    for (const path of differentPlaces(text)) {
      const config = replaced(text, path, value);
      const guest = run(config);
      const where = path.join('/');
      const strange = changedPaths(guest).filter(
        (changed) => !usual.has(changed) && !isNamed(changed, value),
      );
      expect(strange, where).toEqual([]);
      expect(guest.system.lstat('/pwned'), where).toBeUndefined();
      expect(
        guest.system.ran.every(([program]) => knownPrograms.has(program)),
        where,
      ).toBe(true);
      expect(guest.system.readText('/etc/master.passwd'), where).not.toMatch(
        /^(?!root:)[^:]*:[^:]*:0:|root2|evil/m,
      );
      expect(guest.system.readText('/usr/local/etc/sudoers.d/podbsd') ?? '', where).not.toMatch(
        /evil|core ALL/,
      );
    }
  });

  /** What a value may name: a user, and so a home, or a file beside the usual ones. */
  function isNamed(path: string, value: unknown): boolean {
    if (typeof value !== 'string' || value === '')
      return path.startsWith('/var/run/user/') || path.startsWith('/home/');
    return path.includes(value);
  }
});

describe('names that would command a terminal', () => {
  it('are told without doing so', () => {
    const files = [{ path: '/opt/\u001b[2Jx\u009b3J', user: { name: 'ghost' } }];
    const { system } = run(config({ storage: { files } }));
    for (const path of ['/dev/console', '/var/log/podbsd.log']) {
      expect(system.readText(path)).toMatch(/\/opt\/ \[2Jx 3J/);
      expect(system.readText(path)).not.toMatch(/\u001b|\u009b/);
    }
    expect(readStatus(system)?.failures.join()).toMatch(/\/opt\/ \[2Jx 3J/);
  });
});

describe('a config of which a part has arrived', () => {
  const text = fixture('podman-5.8.2');

  it('is refused wherever it was cut off', () => {
    for (let length = 0; length < text.trimEnd().length; length += 97) {
      const guest = run(text.slice(0, length));
      expect(guest.system.readText('/dev/console'), `after ${length} characters`).toMatch(
        /provisioning failed/,
      );
      expect(guest.system.lstat('/home/core')).toBeUndefined();
    }
  });
});
