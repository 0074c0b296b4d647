import { expectEqual } from '../expect.ts';
import { image } from './podman.ts';
import type { Row } from './row.ts';

const back = 'podbsd-back';

/** What FreeBSD's kernel or podman's port to it lack. */
export const missingRows: readonly Row[] = [
  {
    id: 'limits',
    what: '`--memory`, `--cpus`, `--pids-limit`',
    state: 'does not work',
    remark:
      'podman accepts them and silently ignores them. Limit the machine (`podman machine set --memory`, `--cpus`), or use rctl(8) on the jail, whose name is the container’s full identifier',
    run: async (podman) => {
      await podman.run('rm', '--force', '--ignore', '--time', '0', 'podbsd-limits');
      await podman.run('create', '--name', 'podbsd-limits', '--memory', '64m', image, '/bin/sleep', '1');
      const limit = await podman.run('inspect', '--format', '{{.HostConfig.Memory}}', 'podbsd-limits');
      await podman.run('rm', 'podbsd-limits');
      expectEqual('HostConfig.Memory', limit, '0');
      return undefined;
    },
  },
  {
    id: 'pause',
    what: '`podman pause`, `unpause`',
    state: 'does not work',
    remark: '“cannot pause without using Cgroups”; `podman stop` and `start` instead',
    run: async (podman) => {
      await podman.start('podbsd-pause');
      const said = await podman.expectRefused(/[Cc]groups/, 'pause', 'podbsd-pause');
      await podman.run('rm', '--force', '--time', '0', 'podbsd-pause');
      return said;
    },
  },
  {
    id: 'checkpoint',
    what: '`podman container checkpoint`, `restore`',
    state: 'does not work',
    remark: 'there is no CRIU for FreeBSD',
    run: async (podman) => {
      await podman.start('podbsd-checkpoint');
      const said = await podman.expectRefused(/./, 'container', 'checkpoint', 'podbsd-checkpoint');
      await podman.run('rm', '--force', '--time', '0', 'podbsd-checkpoint');
      return said;
    },
  },
  {
    id: 'macvlan',
    what: '`podman network create -d macvlan`, `ipvlan`',
    state: 'does not work',
    remark: 'FreeBSD’s CNI plugins have `bridge` only; publish ports instead',
    run: async (podman) => {
      const created = await podman.attempt('network', 'create', '--driver', 'macvlan', 'podbsd-macvlan');
      if (created.code !== 0) return created.err.split('\n').at(-1);
      const { code } = await podman.attempt(
        'run',
        '--rm',
        '--network',
        'podbsd-macvlan',
        image,
        '/bin/sh',
        '-c',
        ':',
      );
      await podman.run('network', 'rm', '--force', 'podbsd-macvlan');
      if (code === 0) throw new Error('a container runs with macvlan: the table must be corrected');
      return undefined;
    },
  },
  {
    id: 'linux',
    what: '`podman run --os=linux`, images of Linux',
    state: 'works differently',
    remark:
      'on FreeBSD’s Linux ABI (linuxulator), with `/proc`, `/sys`, `/dev/shm`. Programs that need namespaces, cgroups, io_uring or eBPF end with “Function not implemented” or “Operation not permitted”; use the Alpine guest for those, see [README](../README.md)',
    run: async (podman) => {
      const loaded = await podman.guest(['/sbin/kldstat', '-q', '-m', 'linux64elf']).then(
        () => true,
        () => false,
      );
      if (!loaded) throw new Error('the Linux ABI is not loaded: service linux onestart');
      return 'the ABI is loaded; images of Linux come from a registry';
    },
  },
];

/** Before the machine is restarted: what must be there again afterwards. Not a row of the table by itself. */
export const restartRow: Row = {
  id: 'restart',
  what: '`--restart=always`, `unless-stopped`',
  state: 'works',
  remark: 'also after a restart of the machine, with names, ports and health checks',
  run: async (podman) => {
    const check = ['--health-cmd', 'true', '--health-interval', '1s'];
    await podman.start(back, '--restart=always', '-p', '18081:80', ...check);
    return undefined;
  },
};

/** After the restart. */
export const backRow: Row = {
  ...restartRow,
  id: 'back',
  what: 'containers with `--restart=always` after a restart of the machine',
  needs: ['restart'],
  run: async (podman) => {
    const ask = async (format: string): Promise<string> =>
      (await podman.attempt('inspect', '--format', format, back)).out;
    await podman.eventually(
      'state',
      () => ask('{{.State.Status}}'),
      (state) => state === 'running',
    );
    await podman.eventually(
      'health',
      () => ask('{{.State.Health.Status}}'),
      (health) => health === 'healthy',
    );
    const ports = await podman.run('port', back);
    expectEqual('published port', ports.includes('18081') ? '18081' : ports, '18081');
    await podman.run('rm', '--force', '--time', '0', back);
    return undefined;
  },
};
