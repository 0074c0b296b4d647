import { expectEqual } from '../expect.ts';
import { linuxProbe } from './linux-probe.ts';
import { image } from './podman.ts';
import type { Row } from './row.ts';

const work = '/var/tmp/podbsd-linux';

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
      const arm = (await podman.guest(['/usr/bin/uname', '-m'])).trim() === 'arm64';
      const probe = linuxProbe(arm ? 'arm64' : 'amd64', ['/proc/self', '/sys', '/dev/shm']);
      for (const folder of ['proc', 'sys', 'dev'])
        await podman.guest(['/bin/mkdir', '-p', `${work}/${folder}`]);
      const decode = ['/usr/bin/b64decode', '-r', '-o', `${work}/probe`] as const;
      await podman.guest(decode, `${probe.toString('base64')}\n`);
      await podman.guest(['/bin/chmod', '0755', `${work}/probe`]);
      await podman.guest(['/usr/bin/tar', '-c', '-f', `${work}.tar`, '-C', work, '.']);
      await podman.run('import', '--os', 'linux', `${work}.tar`, `${image}-linux`);
      await podman.guest(['/bin/rm', '-r', work, `${work}.tar`]);
      const run = ['run', '--rm', '--os=linux', '--pull=never', `${image}-linux`, '/probe'];
      const { code, out, err } = await podman.attempt(...run);
      if (code !== 0)
        throw new Error(`a Linux program with /proc, /sys and /dev/shm ends with ${code}: ${err}`);
      expectEqual('output', out, 'ok');
      return 'a program for Linux runs and finds /proc, /sys and /dev/shm';
    },
  },
];
