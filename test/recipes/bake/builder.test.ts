import { describe, expect, it } from 'vitest';
import { builderConfig, builderRecipe } from '../../../src/recipes/bake/builder.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { fakeInside } from './fake-inside.ts';

// That it is made once and used is in test/e2e/builder.test.ts, and what is kept of it in test/commands/builder-vm.test.ts.
describe('the machine of --builder vm', () => {
  it('is a release on ZFS, whatever is built in it', () => {
    const text =
      'build.base = "source"\n[bake]\nfilesystem = "ufs"\nbuilder_size = "90g"\nbuilder_memory = 4096';
    const { build, bake } = builderConfig(parseConfig(text, 'podbsd.toml'));
    expect(build.base).toBe('release');
    expect(bake).toMatchObject({ filesystem: 'zfs', size: '90g', memory: 4096 });
  });

  it('gets Poudriere and git', async () => {
    const { work, commands } = await fakeInside(
      '',
      () => '',
      (env) => builderRecipe(env).at(-1) ?? fail(),
    );
    await work();
    expect(commands).toContain('/usr/sbin/pkg install -y poudriere git-lite');
  });
});

function fail(): never {
  throw new Error('the recipe has no stages');
}
