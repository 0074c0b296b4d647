import { expectEqual } from '../expect.ts';
import { image } from './podman.ts';
import type { Row } from './row.ts';

const kubePod = `apiVersion: v1
kind: Pod
metadata:
  name: podbsd-kube
spec:
  containers:
    - name: c
      image: ${image}
      command: [/bin/sleep, '3600']
`;

/** What makes many containers one application. */
export const serviceRows: readonly Row[] = [
  {
    id: 'health',
    what: '`--health-cmd`, `HEALTHCHECK`, compose’s `service_healthy`',
    state: 'works',
    remark:
      'podbsd’s service `podbsd_health` runs the checks when they are due; `podbsd-agent status` lists them',
    run: async (podman) => {
      const check = ['--health-cmd', 'test -f /healthy', '--health-interval', '1s', '--health-retries', '1'];
      await podman.start('podbsd-health', ...check);
      const status = async (): Promise<string> =>
        await podman.run('inspect', '--format', '{{.State.Health.Status}}', 'podbsd-health');
      await podman.eventually('health of a failing check', status, (answer) => answer === 'unhealthy');
      await podman.run('exec', 'podbsd-health', '/bin/sh', '-c', 'echo > /healthy');
      await podman.eventually('health of a check that passes', status, (answer) => answer === 'healthy');
      await podman.run('rm', '--force', '--time', '0', 'podbsd-health');
      return undefined;
    },
  },
  {
    id: 'names',
    what: 'names and `--network-alias` on networks that you create',
    state: 'works',
    remark:
      'podbsd’s CNI plugin `dnsname`, for networks created after it was installed; as on Linux, not on the default network. A container on several networks finds the names of all',
    run: async (podman) => {
      await podman.attempt('network', 'rm', '--force', 'podbsd-net');
      await podman.run('network', 'create', 'podbsd-net');
      await podman.start('podbsd-web', '--network', 'podbsd-net', '--network-alias', 'www');
      const wanted = await podman.run(
        ...['inspect', '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', 'podbsd-web'],
      );
      for (const name of ['podbsd-web', 'www', 'www.dns.podman']) {
        const asked = ['--rm', '--network', 'podbsd-net', image, '/usr/bin/getent', 'hosts', name];
        const answer = await podman.run('run', ...asked);
        expectEqual(`address of ${name}`, answer.split(/\s+/)[0] ?? '', wanted);
      }
      await podman.run('rm', '--force', '--time', '0', 'podbsd-web');
      await podman.run('network', 'rm', 'podbsd-net');
      return wanted;
    },
  },
  {
    id: 'ports',
    what: '`-p`, ranges, udp',
    state: 'works',
    remark: 'on all addresses, on 127.0.0.1 of the guest, and on the host through gvproxy',
    run: async (podman) => {
      await podman.run('rm', '--force', '--ignore', '--time', '0', 'podbsd-port');
      const serve = 'while :; do echo served | /usr/bin/nc -l 80; done';
      const published = ['-p', '18080:80', '-p', '18090-18091:90-91/udp'];
      await podman.run(
        'run',
        '--detach',
        '--name',
        'podbsd-port',
        ...published,
        image,
        '/bin/sh',
        '-c',
        serve,
      );
      const ask = async (): Promise<string> =>
        await podman.guest(['/usr/bin/nc', '-w', '5', '127.0.0.1', '18080']).catch(() => '');
      await podman.eventually('answer at 127.0.0.1:18080', ask, (answer) => answer === 'served');
      await podman.run('rm', '--force', '--time', '0', 'podbsd-port');
      return undefined;
    },
  },
  {
    id: 'pod',
    what: '`podman pod create`, `run --pod`',
    state: 'works',
    remark:
      'with the podman of FreeBSD’s packages and catatonit. A podman that you built yourself fails with an error that names overlay: set `infra_image` and `infra_command` in `[engine]` of `containers.conf`',
    run: async (podman) => {
      await podman.attempt('pod', 'rm', '--force', '--time', '0', 'podbsd-pod');
      await podman.run('pod', 'create', '--name', 'podbsd-pod');
      const serve = ['/bin/sh', '-c', 'while :; do echo served | /usr/bin/nc -l 127.0.0.1 80; done'];
      await podman.run('run', '--detach', '--pod', 'podbsd-pod', image, ...serve);
      const ask = ['run', '--rm', '--pod', 'podbsd-pod', image, '/usr/bin/nc', '-w', '5', '127.0.0.1', '80'];
      const answer = async (): Promise<string> => (await podman.attempt(...ask)).out;
      await podman.eventually('localhost of the pod', answer, (text) => text === 'served');
      await podman.run('pod', 'rm', '--force', '--time', '0', 'podbsd-pod');
      return undefined;
    },
  },
  {
    id: 'kube',
    what: '`podman kube play`, `kube down`, `kube generate`',
    state: 'works',
    remark: 'as pods do',
    needs: ['pod'],
    run: async (podman) => {
      const file = '/var/tmp/podbsd-kube.yaml';
      await podman.guest(['/usr/bin/tee', file], kubePod);
      await podman.run('kube', 'play', '--replace', file);
      if (!(await podman.run('kube', 'generate', 'podbsd-kube')).includes('kind: Pod'))
        throw new Error('kube generate writes no pod');
      await podman.run('kube', 'down', file);
      return undefined;
    },
  },
  {
    id: 'stats',
    what: '`podman stats`, `podman system df`',
    state: 'works',
    remark:
      'rctl(4) counts for each jail, because `kern.racct.enable=1` is set in `/boot/loader.conf.d/podbsd.conf`',
    run: async (podman) => {
      expectEqual('kern.racct.enable', await podman.guest(['/sbin/sysctl', '-n', 'kern.racct.enable']), '1');
      await podman.start('podbsd-stats');
      const figures = await podman.run('stats', '--no-stream', '--format', '{{.MemUsage}}', 'podbsd-stats');
      await podman.run('system', 'df');
      await podman.run('rm', '--force', '--time', '0', 'podbsd-stats');
      return figures;
    },
  },
];
