import { expectEqual } from '../expect.ts';
import { image } from './podman.ts';
import type { Row } from './row.ts';

const back = 'podbsd-back';
const peer = 'podbsd-peer';
const loop = 'podbsd-loop';
const pod = 'podbsd-backpod';
const net = 'podbsd-backnet';
const port = 18081;

/** Before the machine is restarted: what must be there again afterwards. */
export const restartRow: Row = {
  id: 'restart',
  what: '`--restart=always`, `unless-stopped`',
  state: 'works',
  remark:
    'also after a restart of the machine, with names, pods, ports and health checks; one that fails again and again holds up neither the boot nor the others',
  run: async (podman) => {
    await podman.attempt('network', 'rm', '--force', '--time', '0', net);
    await podman.run('network', 'create', net);
    const check = ['--health-cmd', 'test -d /bin', '--health-interval', '1s'];
    await podman.serve(back, '--restart=always', '--network', net, '-p', `${port}:80`, ...check);
    await podman.start(peer, '--restart=unless-stopped', '--network', net);
    await podman.attempt('pod', 'rm', '--force', '--time', '0', pod);
    await podman.run('pod', 'create', '--name', pod);
    await podman.start(`${pod}-c`, '--restart=always', '--pod', pod);
    await podman.run('rm', '--force', '--ignore', '--time', '0', loop);
    const fails = [image, '/bin/sh', '-c', 'sleep 2; exit 1'];
    await podman.run('run', '--detach', '--name', loop, '--restart=always', ...fails);
    return undefined;
  },
};

const isRunning = (answer: string): boolean => answer === 'running\nrunning';

/** After the restart. None is a line of the table by itself. */
export const backRows: readonly Row[] = [
  {
    ...restartRow,
    id: 'back',
    what: 'containers and their health checks after a restart of the machine',
    needs: ['restart'],
    run: async (podman) => {
      const states = ['inspect', '--format', '{{.State.Status}}', back, peer];
      await podman.eventually('state', async () => (await podman.attempt(...states)).out, isRunning);
      const health = ['inspect', '--format', '{{.State.Health.Status}}', back];
      const healthy = (answer: string): boolean => answer === 'healthy';
      await podman.eventually('health', async () => (await podman.attempt(...health)).out, healthy);
      return undefined;
    },
  },
  {
    ...restartRow,
    id: 'back-names',
    what: 'names and ports of containers after a restart of the machine',
    needs: ['back'],
    run: async (podman) => {
      const wanted = await podman.address(back, net);
      expectEqual(`address of ${back}`, await podman.lookUp(peer, back), wanted);
      await podman.eventuallyServed(port);
      return wanted;
    },
  },
  {
    ...restartRow,
    id: 'back-pod',
    what: 'a pod after a restart of the machine',
    needs: ['restart'],
    run: async (podman) => {
      const states = ['ps', '--filter', `pod=${pod}`, '--format', '{{.State}}'];
      await podman.eventually('its containers', () => podman.run(...states), isRunning);
      return undefined;
    },
  },
  {
    ...restartRow,
    id: 'back-loop',
    what: 'a container that fails again and again after a restart of the machine',
    needs: ['restart'],
    run: async (podman) => {
      const count = ['inspect', '--format', '{{.RestartCount}}', loop];
      await podman.eventually(
        'restarts',
        () => podman.run(...count),
        (answer) => Number(answer) > 0,
      );
      expectEqual('what podman was told', await podman.guest(['/bin/cat', '/var/run/podbsd/ready']), 'Ready');
      const late = async (): Promise<string> =>
        await podman.guest(['/usr/sbin/service', 'podbsd_late', 'status']).catch(() => '');
      await podman.eventually('podbsd_late', late, (answer) => answer.includes('has started'));
      await podman.run('pod', 'rm', '--force', '--time', '0', pod);
      await podman.remove(back, peer, loop);
      await podman.run('network', 'rm', net);
      return undefined;
    },
  },
];
