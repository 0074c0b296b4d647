import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleAgent } from '../../src/bundles/agent.ts';
import { debianPackagesUnavailable } from '../support/debian.ts';
import { quickjs } from '../support/quickjs.ts';
import { config, fixture, fixtures } from './support/fixtures.ts';

/** The one file that goes into the guest, under the engine that runs it there; on whatever system this is. */
describe.skipIf(debianPackagesUnavailable() !== undefined)('the bundled agent under QuickJS', () => {
  let folder: string;
  let agent: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'podbsd-agent-'));
    agent = join(folder, 'podbsd-agent');
    await bundleAgent(agent);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(...args: string[]) {
    const [program, ...prefix] = await quickjs();
    return execa(program, [...prefix, '-m', agent, ...args], { reject: false, stripFinalNewline: false });
  }

  async function file(name: string, text: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  }

  it('is one file that imports nothing but the engine’s modules', async () => {
    const text = await readFile(agent, 'utf8');
    expect(text).toMatch(/^#!\/usr\/local\/bin\/qjs -m\n/);
    expect(text).not.toMatch(/^import\b/m);
    const loaded = [...text.matchAll(/\bengineModule\("([^"]+)"\)/g)].map((match) => match[1]);
    expect(new Set(loaded)).toEqual(new Set(['os', 'std']));
    expect(text.match(/\bimport\(/g)).toHaveLength(1);
    expect(text).not.toMatch(/\brequire\(/);
  });

  it.each(fixtures)('plans %s without touching anything', async (name, text) => {
    const result = await run('plan', '--config', await file(name, text), '--json');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    const plan = JSON.parse(result.stdout) as {
      steps: { kind: string }[];
      skipped: unknown[];
      warnings: unknown[];
    };
    const kinds = plan.steps.map((step) => step.kind);
    for (const kind of ['user', 'keys', 'sudo', 'file', 'timezone', 'api-path', 'docker-socket'])
      expect(kinds).toContain(kind);
    expect(kinds.filter((kind) => kind === 'mount')).toHaveLength(name.includes('podman-6') ? 3 : 0);
    expect(plan.skipped.length).toBeGreaterThan(5);
    expect(plan.warnings).toEqual([]);
  });

  it('says in words what it would do, and what not and why', async () => {
    const result = await run('plan', '--config', await file('a.ign', fixture('podman-6.0.0')));
    expect(result.stdout).toContain('  user core with uid 1777, home /home/core, groups wheel, podman\n');
    expect(result.stdout).toContain('  share 96b53e47e3fc7c29db4c5a4c6977decfb1f9 at /srv/data\n');
    expect(result.stdout).toContain('  zincati.service: FreeBSD has no systemd\n');
  });

  const large = (character: string): object => ({
    path: `/opt/${character}`,
    contents: { source: `data:;base64,${Buffer.alloc(600_000, `${character} `).toString('base64')}` },
  });

  it('reads a large config, packed and merged, as if it stood there itself', async () => {
    const users = [{ name: 'core', uid: 501, gecos: 'Zoë 日本 \u{1f600}', sshAuthorizedKeys: [] }];
    const plain = config({ passwd: { users }, storage: { files: [large('é')] } });
    const source = `data:;base64,${gzipSync(plain).toString('base64')}`;
    const outer = { ignition: { version: '3.2.0', config: { merge: [{ source, compression: 'gzip' }] } } };
    const expected = await run('plan', '--config', await file('plain.ign', plain), '--json');
    const result = await run('plan', '--config', await file('outer.ign', JSON.stringify(outer)), '--json');
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain('Zoë 日本');
    const withoutPlaces = (text: string): string => text.replace(/"pointer":\s*"[^"]*"/g, '');
    expect(withoutPlaces(result.stdout)).toBe(withoutPlaces(expected.stdout));
  });

  it.each(['-', '*', '=', 'é', '\n', ' '])('refuses large base64 with %j in it', async (wrong) => {
    const files = [large('x')].map((one) => {
      const text = JSON.stringify(one).replace(/^(.{300000})./s, `$1${wrong === '\n' ? '\\n' : wrong}`);
      return JSON.parse(text) as object;
    });
    const result = await run('plan', '--config', await file('wrong.ign', config({ storage: { files } })));
    expect(`${result.stdout}${result.stderr}`).toContain('the base64 text is broken');
  });

  it('names file and place of an error', async () => {
    const path = await file('bad.ign', config({ passwd: { users: [{ name: 'core', uid: 'x' }] } }));
    const result = await run('plan', `--config=${path}`);
    expect(result.exitCode).toBe(65);
    expect(result.stderr).toBe(
      `${path}: /passwd/users/0/uid: must be a whole number from 0 to 4294967294, not a value of type string\n`,
    );
    const cut = await run('plan', '--config', await file('cut.ign', fixture('podman-5.8.2').slice(0, 999)));
    expect(cut.exitCode).toBe(65);
    expect(cut.stderr).toMatch(/not JSON, or not all of it arrived \(999 characters\): /);
    const deep = await run('plan', '--config', await file('deep.ign', '['.repeat(200_000)));
    expect(deep.exitCode).toBe(65);
  });

  it('takes a config of several megabytes', async () => {
    const source = `data:,${'MIIDdzCCAl%2BgAwIBAgIE%0A'.repeat(40_000)}`;
    const files = [1, 2, 3, 4, 5].map((number) => ({
      path: `/etc/containers/certs.d/${number}.pem`,
      contents: { source },
    }));
    const result = await run('plan', '--config', await file('big.ign', config({ storage: { files } })));
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
    expect(result.stdout).toContain('file /usr/local/etc/containers/certs.d/5.pem');
  });

  it.each(['provision', 'storage', 'ready', 'status', 'plan', 'apply', 'upgrade'])(
    '%s --help has an example',
    async (command) => {
      const result = await run(command, '--help');
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.stdout).toMatch(
        new RegExp(`^Usage: podbsd-agent ${command}.*Examples?:\\n  .*${command}`, 's'),
      );
      expect((await run('--help')).stdout).toContain(`  ${command}`);
    },
  );

  it.each([['apply', '--config', '/etc/hostname'], ['provision'], ['storage'], ['ready'], ['upgrade']])(
    'leaves a system alone that is not a FreeBSD guest: %s',
    async (...args) => {
      const result = await run(...args);
      expect(result).toMatchObject({ exitCode: 69, stdout: '' });
      expect(result.stderr).toMatch(/^podbsd-agent: .* is not a FreeBSD guest; podbsd-agent plan /);
    },
  );

  it.each([
    ['nonsense'],
    ['plan'],
    ['plan', '--config'],
    ['ready', '--timeout', 'soon'],
    ['status', '--yaml'],
    ['upgrade', '--to'],
  ])('refuses wrong arguments: %s %s %s', async (...args) => {
    const result = await run(...args);
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/^podbsd-agent: .+\n/);
    expect(result.stdout).toBe('');
  });
});
