import { describe, expect, it } from 'vitest';
import { ocijailAdvice, packageOf, packagesStage } from '../../../src/recipes/bake/packages.ts';
import { shippedPackages } from '../../../src/recipes/shared/shipped.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { fakeInside } from './fake-inside.ts';

const listed = (await shippedPackages()).filter((port) => !port.includes('podbsd'));

/** A repository with everything that is listed, in these versions. */
function repository(
  versions: Readonly<Record<string, string>> = {},
  without: readonly string[] = [],
): string {
  return listed
    .filter((origin) => !without.includes(origin))
    .map((origin) => `${origin} ${origin.split('/')[1] ?? ''} ${versions[origin] ?? '5.7.1'}\n`)
    .join('');
}

describe('the packages of a baked image', () => {
  it('are those of the other recipe, but for podbsd’s own port', async () => {
    const { work, commands } = await fakeInside(
      '',
      ([, verb]) => (verb === 'rquery' || verb === 'query' ? repository() : undefined),
      packagesStage,
    );
    await work();
    const install = commands.find((command) => command.includes(' install '));
    expect(install).toBe(
      `/usr/sbin/pkg install -y ${listed.map((origin) => origin.split('/')[1]).join(' ')}`,
    );
    expect(install).not.toContain('podbsd-guest');
    expect(commands.some((command) => command.includes(' delete '))).toBe(false);
  });

  it('are one of each port: pkg would install every flavor, and those of sudo exclude each other', async () => {
    const sssd = 'security/sudo sudo-sssd 1.9.17\n';
    const { work, commands } = await fakeInside(
      '',
      ([, verb]) => (verb === 'rquery' || verb === 'query' ? sssd + repository() : undefined),
      packagesStage,
    );
    await work();
    const install = commands.find((command) => command.includes(' install ')) ?? '';
    expect(install.split(' ')).toContain('sudo');
    expect(install).not.toMatch(/sssd|security\/sudo/);
  });

  it.each([
    ['0.5.0', /ocijail 0\.5\.0 is older than 0\.6\.0/],
    ['0.6.0_1', undefined],
    ['0.10.0', undefined],
  ])('are warned of when ocijail leaks its umask: %s', (version, words) => {
    const said = ocijailAdvice([{ name: 'ocijail', origin: 'sysutils/ocijail', version }]);
    if (words === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(words);
  });

  it('of which no one is called as its port have to be named', () => {
    const offers = ['qt5', 'qt6'].map((flavor) => ({
      origin: 'www/falkon',
      name: `falkon-${flavor}`,
      version: '1',
    }));
    expect(() => packageOf('www/falkon', offers)).toThrow(/falkon-qt5, falkon-qt6/);
    expect(packageOf('www/falkon@qt6', offers)).toBe('www/falkon@qt6');
  });

  it('refuse podman 6 before anything is installed', async () => {
    const { work, commands } = await fakeInside(
      '',
      ([, verb]) => (verb === 'rquery' ? repository({ 'sysutils/podman': '6.0.1' }) : undefined),
      packagesStage,
    );
    await expect(work()).rejects.toMatchObject({
      exitCode: ExitCode.config,
      problem: expect.stringContaining('podman 6.0.1') as string,
    });
    expect(commands.some((command) => command.includes(' install '))).toBe(false);
  });

  it('that the repository does not have are named', async () => {
    const { work } = await fakeInside(
      'build.packages = ["editors/vim"]',
      ([, verb]) => (verb === 'rquery' ? repository({}, ['sysutils/ocijail']) : undefined),
      packagesStage,
    );
    await expect(work()).rejects.toMatchObject({
      exitCode: ExitCode.portFailed,
      problem: expect.stringContaining('sysutils/ocijail, editors/vim') as string,
    });
  });

  it('of the cloud image that update FreeBSD at its first boot are removed', async () => {
    const extra = 'sysutils/firstboot-freebsd-update firstboot-freebsd-update 1.4\n';
    const { work, commands } = await fakeInside(
      '',
      ([, verb]) => (verb === 'rquery' || verb === 'query' ? repository() + extra : undefined),
      packagesStage,
    );
    await work();
    expect(commands).toContain('/usr/sbin/pkg delete -y firstboot-freebsd-update');
  });
});
