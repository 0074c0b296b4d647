import { describe, expect, it } from 'vitest';
import { checksOf, examine, type Finding } from '../../../src/doctor/check.ts';
import { linuxPodmanChecks } from '../../../src/doctor/podman/linux.ts';
import { judgeKvm } from '../../../src/doctor/podman/kvm.ts';
import { LocalHost } from '../../../src/host/local.ts';
import type { Inspection } from '../../../src/podman/inspect.ts';
import { setupPaths, userFolders } from '../../../src/podman/user-folders.ts';
import { inspected } from './inspected.ts';

const folders = userFolders({ HOME: '/nowhere/home' });

async function look(
  id: string,
  found: Inspection,
  env: NodeJS.ProcessEnv = {},
): Promise<Finding | undefined> {
  const checks = checksOf(linuxPodmanChecks, { host: new LocalHost(), found, folders, env });
  const findings = await examine(
    checks.filter((check) => check.id === id),
    () => undefined,
  );
  return findings[0];
}

describe('versions', () => {
  it.each([
    ['3.4.4', 'problem', 'podman 3.4.4 is too old'],
    ['4.3.1', 'ok', 'shares folders by 9P'],
    ['5.4.2', 'ok', 'virtiofs'],
    ['6.1.1', 'ok', 'as below /var'],
  ])('podman %s is %s', async (version, state, text) => {
    const finding = await look('host.podman', inspected({}, version));
    expect(finding).toMatchObject({ state, finding: expect.stringContaining(text) as string });
  });

  it('QEMU is measured by what podman passes to it', async () => {
    const old = { qemu: { path: '/q', version: [6, 2] as const } };
    expect(await look('host.qemu', inspected(old))).toMatchObject({
      state: 'problem',
      finding: 'QEMU 6.2 is too old: podman 5.4.2 needs 7.2 or later',
    });
    expect(await look('host.qemu', inspected(old, '4.3.1'))).toMatchObject({ state: 'ok' });
    const ten = { qemu: { path: '/q', version: [10, 0] as const } };
    expect(await look('host.qemu', inspected(ten))).toMatchObject({ state: 'ok', finding: '10.0 at /q' });
  });

  it.each([
    ['0.8.1', false, 'warning'],
    ['0.7.5', false, 'warning'],
    ['0.8.1', true, 'ok'],
    ['0.8.7', false, 'ok'],
    [undefined, false, 'ok'],
  ])('gvproxy %s with KVM %s is %s', async (version, kvm, state) => {
    const finding = await look('host.gvproxy', inspected({ gvproxy: { path: '/g', version }, kvm }));
    expect(finding).toMatchObject({ state });
  });
});

it('says what installs what is missing, on Debian 12 by way of Debian 13', async () => {
  expect(await look('host.qemu-img', inspected({ qemuImg: undefined }))).toMatchObject({
    state: 'problem',
    repair: 'sudo apt install qemu-utils',
  });
  const bookworm = { osRelease: 'ID=debian\nVERSION_CODENAME=bookworm\n', gvproxy: undefined };
  expect((await look('host.gvproxy', inspected(bookworm)))?.repair).toContain('apt install gvproxy/trixie');
});

describe('KVM', () => {
  const without = { kvm: false };

  it('gives the group that owns the device, and the rights where it has none', () => {
    const { repair } = judgeKvm(
      inspected({ ...without, kvmGroup: 'qemu-users' }),
      { USER: 'me' },
      '/dev/null',
    );
    expect(repair).toMatch(/^sudo usermod -aG qemu-users me,/);
    expect(judgeKvm(inspected({ ...without, kvmGroup: undefined }), {}, '/dev/null').repair).toBe(
      'sudo chmod a+rw /dev/kvm',
    );
  });

  it('tells apart a device that is not there, one that does not work and one without rights', () => {
    expect(judgeKvm(inspected(without), {}, '/nowhere/kvm').finding).toContain('not there');
    expect(judgeKvm(inspected({ ...without, kvmBroken: true }), {}).finding).toContain('no machine runs');
    expect(judgeKvm(inspected(without), {}, '/dev/null').finding).toContain('cannot be opened');
    expect(judgeKvm(inspected(), {})).toMatchObject({ state: 'ok' });
  });
});

describe("what keeps podman from podbsd's helpers", () => {
  const { helpers } = setupPaths(folders);
  const engine = inspected().engine;

  it.each([
    ['a file that has the variable first', { earlier: '/c' }, '5.4.2', 'problem', 'remove CONTAINERS_HELPER'],
    [
      'a later file that appends nothing',
      { overriding: { env: ['/z'], list: [] } },
      '5.4.2',
      'problem',
      '/z',
    ],
    ['the same for podman before 4.8', { overriding: { env: ['/z'], list: [] } }, '4.3.1', 'ok', undefined],
    ['a later list, before 4.8', { overriding: { env: [], list: ['/z'] } }, '4.3.1', 'problem', '/z'],
    ['a later list since', { overriding: { env: [], list: ['/z'] } }, '5.4.2', 'ok', undefined],
    ['a file that is no TOML', { problems: ['/c: no TOML'] }, '5.4.2', 'warning', 'fix'],
  ])('%s', async (_what, changes, version, state, repair) => {
    const finding = await look(
      'host.configuration',
      inspected({ engine: { ...engine, ...changes } }, version),
    );
    expect(finding?.state).toBe(state);
    if (repair === undefined) expect(finding?.repair).toBeUndefined();
    else expect(finding?.repair).toContain(repair);
  });

  it.each([
    ['a folder of the user', { CONTAINERS_HELPER_BINARY_DIR: '/mine' }, 'warning'],
    ['nothing, for a variable that is there counts', { CONTAINERS_HELPER_BINARY_DIR: '' }, 'warning'],
    ["podbsd's own folder", { CONTAINERS_HELPER_BINARY_DIR: helpers }, 'ok'],
    ['another configuration', { CONTAINERS_CONF: '/x' }, 'warning'],
  ])('a variable that names %s', async (_what, env, state) => {
    const finding = await look('host.environment', inspected(), env);
    expect(finding?.state).toBe(state);
    if (state === 'warning') expect(finding?.repair).toBe(`unset ${Object.keys(env)[0]}`);
  });
});
