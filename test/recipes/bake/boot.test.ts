import { describe, expect, it } from 'vitest';
import { bootStage } from '../../../src/recipes/bake/boot.ts';
import { sealStage } from '../../../src/recipes/bake/seal.ts';
import type { BakeEnv } from '../../../src/recipes/bake/env.ts';
import { baseSchema, type Base } from '../../../src/recipes/bake/layers.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { nothing, type Stage } from '../../../src/pipeline/stage.ts';
import { FAILS, fakeInside } from './fake-inside.ts';

function answer([program]: readonly string[]): string | undefined {
  if (program === '/bin/freebsd-version') return '14.4-RELEASE-p1\n';
  return program === '/sbin/mount' ? 'zroot/ROOT/default / zfs rw 0 0\n' : undefined;
}
const boot = (env: BakeEnv): Stage => {
  const base = { name: 'base', outputs: baseSchema } as Partial<Stage<Base>> as Stage<Base>;
  const seed = { name: 'seed', outputs: nothing } as Partial<Stage> as Stage;
  return bootStage(env, { base, seed });
};
const config = 'build.allow_missing_p9fs = true';

describe('the base, booted', () => {
  it('may be of another release than the configured one, and is called what it is', async () => {
    const { work, said } = await fakeInside(config, answer, boot);
    await work();
    expect(said.join('\n')).toContain('FreeBSD 14.4-RELEASE-p1 and not the 15.1-RELEASE of [build] release');
  });

  it('is refused when growfs has put swap behind the root', async () => {
    const fstab = '/dev/gpt/efiesp /boot/efi msdosfs rw 2 2\n/dev/label/growfs_swap none swap sw 0 0\n';
    const { work } = await fakeInside(config, answer, boot, { '/etc/fstab': fstab });
    await expect(work()).rejects.toMatchObject({
      exitCode: ExitCode.config,
      remedy: expect.stringContaining('less than 15g') as string,
    });
  });

  it('may have swap of its own', async () => {
    const fstab = '/dev/gpt/swapfs none swap sw 0 0\n# growfs_swap\n';
    const { work } = await fakeInside(config, answer, boot, { '/etc/fstab': fstab });
    await work();
  });
});

describe('a sealed image', () => {
  it('gets no entropy and no log lines while it is being sealed', async () => {
    const { work, commands } = await fakeInside('', () => undefined, sealStage);
    await work();
    const removal = commands.findIndex((command) => command.startsWith('/bin/rm -rf'));
    for (const service of ['cron', 'syslogd']) {
      const stop = commands.indexOf(`/usr/sbin/service ${service} onestop`);
      expect(stop).toBeGreaterThan(-1);
      expect(stop).toBeLessThan(removal);
    }
  });
});

describe('unused space of a pool', () => {
  it('is given back when what was just freed is free', async () => {
    const { work, commands } = await fakeInside(
      '',
      ([program, verb]) => (program === '/sbin/zpool' && verb === 'list' ? 'zroot\n' : undefined),
      sealStage,
    );
    await work();
    const zpool = commands.filter((command) => command.startsWith('/sbin/zpool'));
    expect(zpool.slice(0, 3)).toEqual(['/sbin/zpool sync', '/sbin/zpool sync', '/sbin/zpool sync']);
    expect(zpool.at(-1)).toBe('/sbin/zpool trim -w zroot');
  });

  it('stays in the image where the disk cannot be trimmed, and a notice says so', async () => {
    const { work, said } = await fakeInside(
      '',
      ([, verb]) => (verb === 'list' ? 'zroot\n' : verb === 'trim' ? FAILS : undefined),
      sealStage,
    );
    await work();
    expect(said.join('\n')).toContain('zpool trim failed');
  });
});
