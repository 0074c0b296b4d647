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

const net = 'podbsd-net';
const secondNet = 'podbsd-net2';

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
      const file = `FROM ${image}\nHEALTHCHECK --interval=1s CMD ["/bin/test", "-d", "/bin"]\n`;
      await podman.build(`${image}-checked`, file, '--format', 'docker');
      await podman.remove('podbsd-health');
      const sleeping = [`${image}-checked`, '/bin/sleep', '3600'];
      await podman.run('run', '--detach', '--name', 'podbsd-health', ...sleeping);
      await podman.eventually('health by an image’s check', status, (answer) => answer === 'healthy');
      await podman.run('rm', '--force', '--time', '0', 'podbsd-health');
      return undefined;
    },
  },
  {
    id: 'names',
    what: 'names and `--network-alias` on networks that you create',
    state: 'works',
    remark:
      'podbsd’s CNI plugin `dnsname`, for networks created after it was installed; as on Linux, not on the default network',
    run: async (podman) => {
      await podman.attempt('network', 'rm', '--force', '--time', '0', net);
      await podman.run('network', 'create', net);
      await podman.start('podbsd-web', '--network', net, '--network-alias', 'www');
      await podman.start('podbsd-cli', '--network', net);
      const wanted = await podman.address('podbsd-web', net);
      for (const name of ['podbsd-web', 'www', 'www.dns.podman'])
        expectEqual(`address of ${name}`, await podman.lookUp('podbsd-cli', name), wanted);
      return wanted;
    },
  },
  {
    id: 'networks',
    what: 'a container on several networks',
    state: 'works',
    remark: 'it finds the containers of all of them; the others find those of their own network only',
    needs: ['names'],
    run: async (podman) => {
      await podman.attempt('network', 'rm', '--force', '--time', '0', secondNet);
      await podman.run('network', 'create', secondNet);
      await podman.start('podbsd-db', '--network', secondNet);
      await podman.start('podbsd-proxy', '--network', `${net},${secondNet}`);
      const web = await podman.address('podbsd-web', net);
      const db = await podman.address('podbsd-db', secondNet);
      expectEqual('address on the first network', await podman.lookUp('podbsd-proxy', 'podbsd-web'), web);
      expectEqual('address on the second network', await podman.lookUp('podbsd-proxy', 'podbsd-db'), db);
      expectEqual('address on a network of others', await podman.lookUp('podbsd-cli', 'podbsd-db'), '');
      await podman.remove('podbsd-web', 'podbsd-cli', 'podbsd-db', 'podbsd-proxy');
      await podman.run('network', 'rm', net, secondNet);
      return undefined;
    },
  },
  {
    id: 'ports',
    what: '`-p`, ranges, udp, `podman port`',
    state: 'works',
    remark: 'on all addresses, on 127.0.0.1 of the guest, and on the host through gvproxy',
    run: async (podman) => {
      await podman.serve('podbsd-port', '-p', '18080:80', '-p', '18090-18091:90-91/udp');
      await podman.eventuallyServed(18080);
      const listed = await podman.run('port', 'podbsd-port');
      for (const line of ['90/udp -> 0.0.0.0:18090', '91/udp -> 0.0.0.0:18091'])
        if (!listed.split('\n').includes(line))
          throw new Error(`podman port does not show ${line}: ${listed}`);
      const receive = '/usr/bin/nc -u -l 91 > /received';
      await podman.run('exec', '--detach', 'podbsd-port', '/bin/sh', '-c', receive);
      const send = async (): Promise<string> => {
        await podman.guest(['/usr/bin/nc', '-u', '-w', '1', '127.0.0.1', '18091'], 'sent').catch(() => '');
        return (await podman.attempt('exec', 'podbsd-port', '/bin/cat', '/received')).out;
      };
      await podman.eventually('what comes by udp', send, (answer) => answer.startsWith('sent'));
      await podman.remove('podbsd-port');
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
  {
    id: 'service',
    what: 'the API service: `podman --remote`, clients of docker and compose',
    state: 'works',
    remark: 'it is started again when it ends; who asks meanwhile waits for the answer',
    run: async (podman) => {
      const pid = await podman.guest(['/bin/cat', '/var/run/podman_service.child.pid']);
      await podman.guest(['/bin/kill', '-KILL', pid.trim()]);
      const service = ['--url', 'unix:///var/run/podman/podman.sock'];
      const version = await podman.run(...service, 'version', '--format', '{{.Server.Version}}');
      return `${version} answers after it was killed`;
    },
  },
];
