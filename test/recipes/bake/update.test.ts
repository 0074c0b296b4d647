import { describe, expect, it } from 'vitest';
import { nothing } from '../../../src/pipeline/stage.ts';
import { insideStage } from '../../../src/recipes/bake/inside-stage.ts';
import { updateBase } from '../../../src/recipes/bake/update.ts';
import { fakeInside, type Answer } from './fake-inside.ts';

async function commandsOn(installed: string): Promise<readonly string[]> {
  const answer: Answer = ([, command]) => (command === 'query' ? installed : undefined);
  const { work, commands } = await fakeInside('', answer, (env, ground) =>
    insideStage(env, ground, {
      layer: 'packages',
      title: 'update',
      outputs: nothing,
      inputs: () => null,
      work: async (inside, run) => {
        await updateBase(inside, run);
        return {};
      },
    }),
  );
  await work();
  return commands;
}

describe('the newest patch of FreeBSD', () => {
  it('comes by pkg from its own repository where the base is made of packages', async () => {
    const commands = await commandsOn(
      'base/FreeBSD-runtime FreeBSD-runtime 15.1p0\nports-mgmt/pkg pkg 2.4.2\n',
    );
    expect(commands).toContain('/usr/sbin/pkg upgrade -y -r FreeBSD-base');
    expect(commands.join('\n')).not.toContain('freebsd-update');
  });

  it('comes by freebsd-update elsewhere, which asks nothing', async () => {
    const commands = await commandsOn('ports-mgmt/pkg pkg 2.4.2\n');
    expect(commands).toContain('/usr/sbin/freebsd-update --not-running-from-cron fetch install');
    expect(commands.join('\n')).not.toContain('upgrade');
  });
});
