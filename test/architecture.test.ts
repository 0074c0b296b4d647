import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../src/ground/assets.ts';

/**
 * The rooms of src/ from the top floor down, as docs/architecture.md draws them. A file may import from its own floor
 * and from those below. cli.ts alone lies in no room.
 */
const floors: readonly (readonly string[])[] = [
  ['commands'],
  ['doctor'],
  ['recipes', 'machine', 'alpine', 'images', 'podman'],
  ['vm', 'downloads', 'disk', 'pipeline', 'bundles'],
  ['host'],
  ['config'],
  ['ground'],
];

/** What host and guest must say alike: where in the guest a folder can be shown. */
const shared = ['ignition/src/freebsd/share-targets.ts', 'ignition/src/freebsd/paths.ts'];

interface Source {
  /** Relative to the root of the project. */
  readonly path: string;
  readonly imports: readonly { readonly path: string; readonly typeOnly: boolean }[];
}

function sources(folder: string): Source[] {
  const root = join(packageRoot, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => {
      const file = join(root, name);
      const matches = readFileSync(file, 'utf8').matchAll(
        /^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm,
      );
      const imports = [...matches].map((match) => ({
        path: relative(packageRoot, join(dirname(file), match[2] ?? match[3] ?? '')),
        typeOnly: match[1] !== undefined,
      }));
      return { path: join(folder, name), imports };
    });
}

function floorOf(path: string): number {
  const [, room = '', rest] = path.split('/');
  if (rest === undefined && path === 'src/cli.ts') return -1;
  const floor = floors.findIndex((rooms) => rooms.includes(room));
  if (floor === -1) throw new Error(`${path} lies in a room that the plan of the house does not know`);
  return floor;
}

describe('the plan of the house', () => {
  const host = sources('src');
  const guest = sources('ignition/src');

  it('has only known rooms and arrows that point downward', () => {
    const upward = host.flatMap(({ path, imports }) =>
      imports
        .filter((target) => target.path.startsWith('src/') && floorOf(target.path) < floorOf(path))
        .map((target) => `${path} -> ${target.path}`),
    );
    expect(upward).toEqual([]);
  });

  it('draws every folder of the first two levels, and no other', () => {
    const plan = readFileSync(join(packageRoot, 'docs/architecture.md'), 'utf8');
    const drawn = [...plan.matchAll(/^\| `((?:src|ignition\/src)\/[a-z-]+)\/` \|/gm)].map((row) => row[1]);
    const rooms = ['src', 'ignition/src'].flatMap((root) =>
      readdirSync(join(packageRoot, root), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${root}/${name}`),
    );
    expect(drawn.sort()).toEqual(rooms.sort());
  });

  it('has no source file of more than 200 lines', () => {
    const long = [...host, ...guest].filter(
      ({ path }) => readFileSync(join(packageRoot, path), 'utf8').trimEnd().split('\n').length > 200,
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });

  it('keeps the guest apart from the host tool', () => {
    const outOfGuest = guest.flatMap(({ path, imports }) =>
      imports
        .filter((target) => !target.path.startsWith('ignition/src/'))
        .map((target) => `${path} -> ${target.path}`),
    );
    const intoGuest = host.flatMap(({ path, imports }) =>
      imports
        .filter((target) => target.path.startsWith('ignition/'))
        .filter((target) => !(target.typeOnly && target.path.startsWith('ignition/src/config/')))
        .filter((target) => !shared.includes(target.path))
        .map((target) => `${path} -> ${target.path}`),
    );
    expect([...outOfGuest, ...intoGuest]).toEqual([]);
  });

  it('has files that go through a Host and files that are local by nature, and none that is both', () => {
    const both = host
      .filter(({ path }) => !path.startsWith('src/host/'))
      .filter(({ path }) => {
        const text = readFileSync(join(packageRoot, path), 'utf8');
        return /\{[^}]*\bHost\b[^}]*\} from '.*\/host\.ts'/.test(text) && /from 'node:fs/.test(text);
      });
    expect(both.map(({ path }) => path)).toEqual([]);
  });

  it('asks a host only in src/host and src/pipeline whether it is a dry run', () => {
    const asking = host
      .filter(({ path }) => !/^src\/(host|pipeline)\//.test(path))
      .filter(({ path }) => /\bhost\.dryRun\b/.test(readFileSync(join(packageRoot, path), 'utf8')));
    expect(asking.map(({ path }) => path)).toEqual([]);
  });

  it.each([
    ['src', host],
    ['ignition/src', guest],
  ] as const)('has no circle of imports in %s', (_name, files) => {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const done = new Set<string>();
    const circles: string[] = [];
    function visit(path: string, trail: readonly string[]): void {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (done.has(path) || trail.includes(path)) return;
      for (const target of byPath.get(path)?.imports ?? []) {
        visit(target.path, [...trail, path]);
      }
      done.add(path);
    }
    for (const { path } of files) visit(path, []);
    expect(circles).toEqual([]);
  });
});
