import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../src/ground/until.ts';
import { Engine, engineUnavailable } from './engine/engine.ts';
import { cniEngine, currentEngine, image, type EngineKind } from './engine/furnish.ts';

/**
 * podbsd's plugin and health service beside a real podman on this computer, in the places that they have in the guest:
 * what podman hands over and prints is podman's own.
 */
const reason =
  process.env['PODBSD_E2E'] === 'all' ? engineUnavailable() : 'only npm run test:e2e takes the time';

function withEngine(kind: EngineKind): () => Engine {
  let engine: Engine | undefined;
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pe2e-engine-'));
    engine = await Engine.start(kind, folder);
  });
  afterAll(async () => {
    await engine?.remove();
    await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (engine === undefined) throw new Error('the engine was not started');
    return engine;
  };
}

const healthProgram = '/usr/local/libexec/podbsd/podbsd-health';

describe.skipIf(reason !== undefined)('a real podman with CNI and the plugin dnsname', () => {
  const engine = withEngine(cniEngine);
  const podman = async (...args: readonly string[]): Promise<string> => await engine().podman(...args);
  /** As a program in the container would: with the C library's resolver, in its network, by its resolv.conf. */
  const lookUp = async (from: string, name: string): Promise<string[]> => {
    const [pid = '', conf = ''] = (
      await podman('inspect', '--format', '{{.State.Pid}} {{.ResolvConfPath}}', from)
    ).split(' ');
    const ask = 'mount --bind "$0" /etc/resolv.conf && exec getent ahostsv4 "$1"';
    const enter = ['nsenter', '--target', pid, '--net', '--', 'unshare', '--mount'];
    const { out } = await engine().attempt(...enter, 'sh', '-c', ask, conf, name);
    return [...new Set(out.split('\n').map((line) => line.split(' ')[0] ?? ''))].filter(Boolean).sort();
  };
  const address = async (name: string, network: string): Promise<string> =>
    await podman(
      ...['inspect', '--format', `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`, name],
    );

  beforeAll(async () => {
    for (const network of ['front', 'back']) await podman('network', 'create', network);
  });

  it('adds the plugin to a network that is created, not to the default one', async () => {
    expect(await engine().text('/etc/cni/net.d/front.conflist')).toContain('"type": "dnsname"');
    expect(await podman('run', '--rm', image, '/bin/cat', '/etc/resolv.conf')).not.toContain('dns.podman');
  });

  it('lets containers find each other by name, alias and identifier, until they are gone', async () => {
    const id = await engine().sleeper('web', '--network', 'front', '--network-alias', 'www');
    await engine().sleeper('cli', '--network', 'front');
    const wanted = [await address('web', 'front')];
    for (const name of ['web', 'www', 'WWW', 'web.dns.podman', id.slice(0, 12)])
      expect(await lookUp('cli', name), name).toEqual(wanted);
    await podman('restart', '--time', '0', 'web');
    expect(await lookUp('cli', 'www')).toEqual([await address('web', 'front')]);
    await podman('rename', 'web', 'site');
    await podman('rm', '--force', '--time', '0', 'site');
    expect(await lookUp('cli', 'www')).toEqual([]);
    await podman('rm', '--force', '--time', '0', 'cli');
    expect((await engine().attempt('ls', '/var/run/podbsd/dnsname')).out).toBe('');
  });

  it('lets a container on two networks find those of both', async () => {
    await engine().sleeper('web', '--network', 'front');
    await engine().sleeper('db', '--network', 'back');
    await engine().sleeper('proxy', '--network', 'front,back');
    expect(await lookUp('proxy', 'web')).toEqual([await address('web', 'front')]);
    expect(await lookUp('proxy', 'db')).toEqual([await address('db', 'back')]);
    expect(await lookUp('web', 'db')).toEqual([]);
    await podman('network', 'disconnect', 'back', 'proxy');
    expect(await lookUp('proxy', 'web')).toEqual([await address('web', 'front')]);
    expect(await lookUp('proxy', 'db')).toEqual([]);
    await podman('network', 'connect', '--alias', 'gate', 'back', 'proxy');
    expect(await lookUp('db', 'gate')).toEqual([await address('proxy', 'back')]);
    await podman('rm', '--force', '--time', '0', 'web', 'db', 'proxy');
  });

  it('knows a pod by its name, whose containers share localhost', async () => {
    const infra = ['--infra-command', '/bin/sleep 3600'];
    await podman('pod', 'create', '--name', 'app', '--network', 'front', ...infra);
    const serve = 'while :; do echo served | nc -l -p 80; done';
    await podman('run', '--detach', '--pod', 'app', '--name', 'server', image, '/bin/sh', '-c', serve);
    await engine().sleeper('cli', '--network', 'front');
    expect(await lookUp('cli', 'app')).toHaveLength(1);
    const ask = ['run', '--rm', '--pod', 'app', image, '/bin/nc', '-w', '5', '127.0.0.1', '80'];
    await engine().eventually('served', ...ask);
    await podman('pod', 'rm', '--force', '--time', '0', 'app');
    await podman('rm', '--force', '--time', '0', 'cli');
  });

  it('starts twenty containers at once and knows each of them', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `c${index}`);
    await Promise.all(
      names.map((name) => engine().sleeper(name, '--network', 'front', '--network-alias', 'all')),
    );
    expect(await lookUp('c0', 'all')).toHaveLength(20);
    await podman('rm', '--force', '--time', '0', ...names);
    expect((await engine().attempt('ls', '/var/run/podbsd/dnsname')).out).toBe('');
  });
});

describe.skipIf(reason !== undefined)('a real podman 5.8 and the health service', () => {
  const engine = withEngine(currentEngine);
  const podman = async (...args: readonly string[]): Promise<string> => await engine().podman(...args);
  const watched = async (): Promise<string> => await engine().text('/var/run/podbsd/health.json');
  const reports = async (wanted: (text: string) => boolean): Promise<void> => {
    const look = async (): Promise<true | undefined> => (wanted(await watched()) ? true : undefined);
    expect(await until(look, { every: 100, within: 60_000 })).toBe(true);
  };
  const healthy = (name: string, wanted: string): Promise<void> =>
    engine().eventually(wanted, 'inspect', '--format', '{{.State.Health.Status}}', name);
  const remove = (...names: readonly string[]): Promise<string> =>
    podman('rm', '--force', '--time', '0', ...names);
  const every = ['--health-interval', '1s', '--health-retries', '1'];

  beforeAll(async () => {
    // It ran before the service.
    await engine().sleeper('early', '--health-cmd', '/bin/true', ...every);
    await engine().daemon(healthProgram);
  });

  it('finds what ran before it', () => healthy('early', 'healthy'));

  it('follows a check that fails and passes again', async () => {
    await engine().sleeper('c', '--health-cmd', 'test -f /tmp/ok', ...every);
    await healthy('c', 'unhealthy');
    await podman('exec', 'c', '/bin/touch', '/tmp/ok');
    await healthy('c', 'healthy');
    await podman('restart', '--time', '0', 'c');
    await podman('exec', 'c', '/bin/rm', '/tmp/ok');
    await healthy('c', 'unhealthy');
    await remove('c');
    await reports((text) => !text.includes('"c"'));
  });

  it('leaves a container in its start period at starting, and says so', async () => {
    const period = ['--health-start-period', '1h'];
    await engine().sleeper('c', '--health-cmd', '/bin/false', ...every, ...period);
    const log = ['inspect', '--format', '{{len .State.Health.Log}}', 'c'];
    await engine().eventually('5', ...log);
    await healthy('c', 'starting');
    expect(await watched()).toMatch(/"name":"c","interval":1,"health":"starting"/);
    await remove('c');
  });

  it('runs the startup check first, then the regular one', async () => {
    const startup = ['--health-startup-cmd', 'test -f /tmp/up', '--health-startup-interval', '1s'];
    await engine().sleeper('c', '--health-cmd', 'test -f /tmp/ok', ...every, ...startup);
    await reports((text) => text.includes('"startup":true'));
    await podman('exec', 'c', '/bin/touch', '/tmp/up');
    await healthy('c', 'unhealthy');
    await remove('c');
  });

  it('lets podman restart a container that is unhealthy', async () => {
    const restart = ['--health-on-failure', 'restart', '--restart', 'always', '--stop-timeout', '0'];
    await engine().sleeper('c', '--health-cmd', '/bin/false', ...every, ...restart);
    const count = async (): Promise<number> =>
      Number((await engine().attempt('podman', 'inspect', '--format', '{{.RestartCount}}', 'c')).out);
    const met = await until(async () => ((await count()) >= 2 ? true : undefined), {
      every: 500,
      within: 120_000,
    });
    expect(met).toBe(true);
    await remove('c');
  });

  it('takes a check that never ends for a failed one, without a word in the log each time', async () => {
    await engine().sleeper('slow', '--health-cmd', 'sleep 60', '--health-timeout', '1s', ...every);
    await healthy('slow', 'unhealthy');
    await engine().sleeper('c', '--health-cmd', '/bin/true', ...every);
    await healthy('c', 'healthy');
    await remove('slow', 'c');
    expect(await engine().text('/var/log/podbsd.log')).toBe('');
  });

  it('runs the check of an image, and none that was switched off', async () => {
    const file = `FROM ${image}\nHEALTHCHECK --interval=1s CMD ["/bin/true"]\n`;
    await engine().attempt('sh', '-c', 'mkdir /build && printf %s "$1" > /build/Containerfile', 'sh', file);
    await podman('build', '--quiet', '--format', 'docker', '--tag', 'localhost/checked', '/build');
    await podman('run', '--detach', '--name', 'c', 'localhost/checked', '/bin/sleep', '3600');
    await engine().sleeper('off', '--health-cmd', '/bin/true', '--health-interval', 'disable');
    await engine().sleeper('none', '--no-healthcheck');
    await healthy('c', 'healthy');
    expect(await watched()).not.toMatch(/"off"|"none"/);
    await remove('c', 'off', 'none');
  });

  it('starts at boot, as the guest’s rc.conf.d/podman asks for, what nobody has stopped', async () => {
    await engine().sleeper('c', '--restart', 'unless-stopped');
    const atBoot = ['ps', '--all', '--filter', 'should-start-on-boot=true', '--format', '{{.Names}}'];
    expect(await podman(...atBoot)).toBe('c');
    await podman('stop', '--time', '0', 'c');
    expect(await podman(...atBoot)).toBe('');
    await podman('start', '--all', '--filter', 'should-start-on-boot=true');
    expect(await podman('inspect', '--format', '{{.State.Status}}', 'c')).toBe('exited');
    await remove('c');
  });

  it('serves docker’s compose and podman’s: a service waits for another to be healthy', async () => {
    await engine().daemon(
      '/usr/local/bin/podman',
      'system',
      'service',
      '--time',
      '0',
      'unix:///run/podman.sock',
    );
    await engine().exists('/run/podman.sock');
    const file = `services:
  db:
    image: ${image}
    command: sleep 3600
    healthcheck: { test: [CMD, /bin/true], interval: 1s }
  web:
    image: ${image}
    command: sleep 3600
    depends_on: { db: { condition: service_healthy } }
`;
    const compose = [
      'env',
      'DOCKER_HOST=unix:///run/podman.sock',
      'docker-compose',
      '-f',
      '/tmp/compose.yaml',
    ];
    await engine().attempt('sh', '-c', 'printf %s "$1" > /tmp/compose.yaml', 'sh', file);
    const up = await engine().attempt(...compose, '-p', 'shop', 'up', '-d');
    expect(up.code, up.err).toBe(0);
    expect(await podman('ps', '--filter', 'name=web', '--format', '{{.State}}')).toBe('running');
    const down = await engine().attempt(...compose, '-p', 'shop', 'down', '-v', '-t', '0');
    expect(down.code, down.err).toBe(0);
    const other = ['podman-compose', '-f', '/tmp/compose.yaml', '-p', 'other'];
    const upAgain = await engine().attempt(...other, 'up', '-d');
    expect(upAgain.code, upAgain.err).toBe(0);
    expect(await podman('inspect', '--format', '{{.State.Health.Status}}', 'other_db_1')).toBe('healthy');
    expect((await engine().attempt(...other, 'down', '-t', '0')).code).toBe(0);
  });
});
