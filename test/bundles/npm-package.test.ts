import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot, podbsdVersion } from '../../src/ground/assets.ts';
import { guestSources } from '../../src/recipes/shared/guest-sources.ts';

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What is in the package besides the data files of the checkout. npm adds the first three by itself. */
const made = [
  'LICENSE',
  'README.md',
  'package.json',
  'dist/podbsd-agent',
  'dist/podbsd.js',
  'dist/podman-helpers/apple/datagram.pl',
  'dist/podman-helpers/apple/freebsd-disk',
  'dist/podman-helpers/apple/guard',
  'dist/podman-helpers/apple/gvproxy',
  'dist/podman-helpers/apple/hypervisor',
  'dist/podman-helpers/apple/launch',
  'dist/podman-helpers/apple/podman-helper.mjs',
  'dist/podman-helpers/apple/real-helper',
  'dist/podman-helpers/podman-helper.mjs',
  'dist/podman-helpers/qemu-system',
  'dist/podman-helpers/virtiofsd',
];

/** Folders and files of the checkout that the program reads when it runs, and the documents that the README leads to. */
const data = [
  'docs',
  'image',
  'poudriere',
  'podbsd.toml',
  'src/commands/completion',
  'src/machine/autostart',
];

/** Links are left out by npm: these the agent makes at each boot. */
const links = ['run', 'var/home', 'var/mnt', 'var/opt', 'var/roothome', 'var/srv'].map(
  (link) => `image/overlay/${link}`,
);

let folder: string;
let project: string;
let packed: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'podbsd-npm-'));
  const pack = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: packageRoot });
  const [report] = JSON.parse(pack.stdout) as [{ filename: string; files: { path: string }[] }];
  packed = report.files.map((file) => file.path).sort();
  project = await install(join(folder, report.filename));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** As `npm install` lays it out, with the libraries of the checkout: nothing is fetched. */
async function install(tarball: string): Promise<string> {
  const modules = join(folder, 'project', 'node_modules');
  const installed = join(modules, 'podbsd');
  await mkdir(installed, { recursive: true });
  await execa('tar', ['-xf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of Object.keys((await manifest(installed)).dependencies)) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(packageRoot, 'node_modules', name), join(modules, name));
  }
  await mkdir(join(modules, '.bin'));
  await symlink('../podbsd/dist/podbsd.js', join(modules, '.bin', 'podbsd'));
  return dirname(modules);
}

async function manifest(root: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
}

async function podbsd(...args: readonly string[]) {
  const program = join(project, 'node_modules', '.bin', 'podbsd');
  return await execa(process.execPath, [program, ...args], { cwd: project, reject: false });
}

describe('the npm package', () => {
  it('holds what the program reads when it runs and its documents, and nothing else', async () => {
    const tracked = await execa('git', ['ls-files', ...data], { cwd: packageRoot });
    const fromCheckout = tracked.stdout
      .split('\n')
      .filter((path) => !path.endsWith('.ts') && !links.includes(path));
    const guest = (await guestSources()).map((path) => `ignition/${path}`);
    const parts = (await readdir(join(packageRoot, 'dist/podbsd'))).map((name) => `dist/podbsd/${name}`);
    expect(packed).toEqual([...made, ...parts, ...fromCheckout, ...guest].sort());
  });

  it('needs the libraries that it names, and no others', async () => {
    const names = packed.filter((name) => /^dist\/podbsd.*\.js$/.test(name));
    const texts = names.map((name) => readFile(join(project, 'node_modules/podbsd', name), 'utf8'));
    const text = (await Promise.all(texts)).join('\n');
    const matches = text.matchAll(
      /^(?:import|\} from) ?[^'"]*["']([^'"]+)["'];$|\bimport\(["']([^'"]+)["']\)/gm,
    );
    const libraries = [...matches]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name));
    // Bundling happens in a checkout only: where the sources are, the development dependencies are, too.
    const wanted = new Set(libraries.filter((name) => name !== 'esbuild'));
    expect([...wanted].sort()).toEqual(Object.keys((await manifest(packageRoot)).dependencies).sort());
  });

  it('runs by npx', async () => {
    const npx = await execa('npx', ['--offline', 'podbsd', '--help'], { cwd: project });
    expect(npx.stdout).toContain('build-image');
    expect(await podbsd('--version')).toMatchObject({ exitCode: 0, stdout: podbsdVersion(), stderr: '' });
  });

  it.each(['bash', 'zsh', 'fish'])('brings the completion for %s', async (shell) => {
    expect(await podbsd('completion', shell)).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('plans a build from the files that it brings', async () => {
    const plan = await podbsd('build-image', '--recipe', 'poudriere', '--dry-run');
    expect(plan).toMatchObject({ exitCode: 0 });
    expect(plan.stdout).toContain('poudriere -e');
  });
});
