import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/ground/assets.ts';
import type { Argv, RunResult } from '../../../src/host/host.ts';
import { checksOfTwoBoots } from '../../../src/vm/verify/checks.ts';
import { missingRows } from '../../../src/vm/verify/containers/other-rows.ts';
import { basicRows } from '../../../src/vm/verify/containers/basic-rows.ts';
import { Podman } from '../../../src/vm/verify/containers/podman.ts';
import { linuxProbe } from '../../../src/vm/verify/containers/linux-probe.ts';
import { serviceRows } from '../../../src/vm/verify/containers/service-rows.ts';
import { containerRows } from '../../../src/vm/verify/containers/table.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** A podman that answers by the first pattern that fits its command line; everything else succeeds silently. */
function podman(...answers: readonly [RegExp, Partial<RunResult>][]): Podman {
  return new Podman({
    run: async (argv: Argv) => {
      const fitting = answers.find(([pattern]) => pattern.test(argv.join(' ')));
      return { exitCode: 0, stdout: '', stderr: '', ...fitting?.[1] };
    },
  });
}

const row = (id: string) => {
  const found = [...basicRows, ...serviceRows, ...missingRows].find((one) => one.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

describe('the table of docs/containers.md', () => {
  it('has exactly the lines that verify --containers tries', async () => {
    const page = await readFile(join(packageRoot, 'docs/containers.md'), 'utf8');
    const cells = (line: string): string[] => line.split('|').map((cell) => cell.trim());
    const table = page
      .slice(page.indexOf('| command'), page.indexOf('\n\nAlso:'))
      .split('\n')
      .slice(2)
      .map(cells);
    expect(table).toEqual(containerRows.map(({ what, state, remark }) => ['', what, state, remark, '']));
  });

  it('is tried in the first boot, and what is to come back in the second', () => {
    const ids = checksOfTwoBoots([], true).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.indexOf('container-image')).toBeGreaterThan(ids.indexOf('ssh-root'));
    expect(ids.indexOf('container-restart')).toBe(ids.indexOf('power-off') - 1);
    expect(ids.slice(0, ids.indexOf('second-power-off')).slice(-4)).toEqual(
      ['back', 'back-names', 'back-pod', 'back-loop'].map((id) => `container-${id}`),
    );
    const without = checksOfTwoBoots([], false).map(({ id }) => id);
    expect(without).toEqual(ids.filter((id) => !id.startsWith('container-')));
    for (const { needs } of checksOfTwoBoots([], true)) for (const need of needs) expect(ids).toContain(need);
  });
});

describe('a line of the table', () => {
  it('that says it does not work fails once it does', async () => {
    await expect(row('pause').run(podman())).rejects.toThrow(/the table must be corrected/);
    const cgroups = { exitCode: 125, stderr: 'Error: cannot pause without using Cgroups' };
    expect(await row('pause').run(podman([/ pause /, cgroups]))).toContain('Cgroups');
    await expect(row('limits').run(podman([/inspect/, { stdout: '67108864\n' }]))).rejects.toThrow(
      'HostConfig.Memory',
    );
    await row('limits').run(podman([/inspect/, { stdout: '0\n' }]));
  });

  it('finds an exec that loses output once in ten times', async () => {
    let count = 0;
    const losing = new Podman({
      run: async (argv: Argv) => {
        const lost = argv.includes('exec') && ++count === 7;
        return { exitCode: 0, stdout: lost ? '' : 'a\n', stderr: '' };
      },
    });
    await expect(row('exec').run(losing)).rejects.toThrow('exec, time 7');
  });

  it('finds a container on two networks that knows the names of one only', async () => {
    const answers = (db: string): [RegExp, Partial<RunResult>][] => [
      [/inspect .*podbsd-web/, { stdout: '10.89.0.2\n' }],
      [/inspect .*podbsd-db/, { stdout: '10.89.1.2\n' }],
      [/exec podbsd-proxy .*podbsd-web/, { stdout: '10.89.0.2 podbsd-web.dns.podman\n' }],
      [/exec podbsd-proxy .*podbsd-db/, { stdout: db }],
      [/exec podbsd-cli .*podbsd-db/, { exitCode: 2 }],
    ];
    await row('networks').run(podman(...answers('10.89.1.2 podbsd-db.dns.podman\n')));
    await expect(row('networks').run(podman(...answers('')))).rejects.toThrow('the second network');
  });

  it('finds a port of a range that is not published', async () => {
    const served: [RegExp, Partial<RunResult>] = [/nc -w/, { stdout: 'served\n' }];
    const received: [RegExp, Partial<RunResult>] = [/received/, { stdout: 'sent' }];
    const ports = ['90/udp -> 0.0.0.0:18090', '91/udp -> 0.0.0.0:18091'];
    const listed = (lines: string[]): [RegExp, Partial<RunResult>] => [
      / port podbsd-port/,
      { stdout: `${lines.join('\n')}\n` },
    ];
    await row('ports').run(podman(served, received, listed(ports)));
    await expect(row('ports').run(podman(served, received, listed(ports.slice(1))))).rejects.toThrow('18090');
  });

  it.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
    'has a program for Linux that finds folders and names the missing one',
    async () => {
      const path = join(await tempDir(), 'probe');
      const run = async (...folders: readonly string[]) => {
        await writeFile(path, linuxProbe('amd64', folders), { mode: 0o755 });
        const { exitCode, stdout } = await execa(path, { reject: false });
        return [exitCode, stdout];
      };
      expect(await run('/proc/self', '/sys', '/dev')).toEqual([0, 'ok']);
      expect(await run('/proc', '/no such folder')).toEqual([2, '']);
      expect(await run('/no such folder')).toEqual([1, '']);
    },
  );

  it.each([
    ['0.5.0', /^warning: ocijail 0\.5\.0 is older than 0\.6\.0/],
    ['0.6.0_1', /^ocijail 0\.6\.0_1$/],
    ['0.10.0', /^ocijail 0\.10\.0$/],
  ])('warns of an ocijail that leaks its umask: %s', async (version, words) => {
    const answers: [RegExp, Partial<RunResult>][] = [
      [/pkg query/, { stdout: `${version}\n` }],
      [/ls -l/, { stdout: '-rw-r--r--  1 root  wheel  5 /made\n' }],
      [/cat \/kept/, { stdout: 'kept\n' }],
    ];
    expect(await row('build').run(podman(...answers))).toMatch(words);
  });
});
