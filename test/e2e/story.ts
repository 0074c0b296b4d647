import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { until } from '../../src/ground/until.ts';
import type { PodmanClient } from './clients.ts';
import { pingApi } from './ping.ts';
import type { Outcome, Workspace } from './workspace.ts';

export interface StoryOptions {
  readonly client: PodmanClient;
  readonly image: string;
  readonly rootful: boolean;
  /** Stop, start and look again; then restart the guest from inside and look again. */
  readonly restart: boolean;
  /** `--username`; podman's default is core. */
  readonly user?: string;
  /** The proxy that was in the environment, and that the API service must have. */
  readonly proxy?: string;
}

const MACHINE = 'e2e';
/** Milliseconds under emulation on a busy host. */
const RESTART_TIMEOUT = 480_000;
const API_TIMEOUT = 60_000;

/** What a user does with a machine, typed exactly so; nothing of podbsd's is typed in between. */
export async function machineStory(workspace: Workspace, options: StoryOptions): Promise<void> {
  const { client } = options;
  const data = await workspace.sharedFolder('data');
  const fixed = await workspace.sharedFolder('fixed');
  await writeFile(join(fixed, 'note'), 'from the host\n');

  if (client.needsSetup) succeeds(await setupPodman(workspace));
  // The last is podman's own default.
  const volumes = [
    `${data}:/srv/data`,
    `${fixed}:/mnt/fixed:ro`,
    `${workspace.home}:${workspace.home}`,
  ].flatMap((volume) => ['-v', volume]);
  const size = ['--cpus', '1', '--memory', '1024', '--disk-size', '10', '--timezone', 'Europe/Berlin'];
  const rootful = options.rootful ? ['--rootful'] : [];
  const user = options.user === undefined ? [] : ['--username', options.user];
  succeeds(
    await workspace.podman(
      ...['machine', 'init', client.imageOption, options.image],
      ...[...size, ...rootful, ...user, ...volumes, MACHINE],
    ),
  );
  await start(workspace);
  await look(workspace, options, data, 'first');
  if (options.restart) {
    await stop(workspace);
    await start(workspace);
    await look(workspace, options, data, 'second');
    await restartInside(workspace);
    await look(workspace, options, data, 'third');
  }
  await stop(workspace);
  succeeds(await workspace.podman('machine', 'rm', '--force', MACHINE));
}

async function setupPodman(workspace: Workspace): Promise<Outcome> {
  const tsx = join(packageRoot, 'node_modules/.bin/tsx');
  return await workspace.run(tsx, join(packageRoot, 'src/cli.ts'), 'setup-podman');
}

async function start(workspace: Workspace): Promise<void> {
  const started = await workspace.podman('machine', 'start', MACHINE);
  expect(started.code, `${started.out}\n${started.err}\n${await workspace.console()}`).toBe(0);
  expect(started.err).not.toMatch(/not shared|failed|error/i);
}

async function stop(workspace: Workspace): Promise<void> {
  succeeds(await workspace.podman('machine', 'stop', MACHINE));
  // gvproxy ends a moment after podman has told it to; QEMU has ended already.
  const leftover = await workspace.leftovers();
  const lines = await Promise.all(
    leftover.map((pid) => execa('cat', [`/proc/${pid}/cmdline`], { reject: false })),
  );
  expect(lines.map(({ stdout }) => stdout).filter((line) => line.includes('-pidfile'))).toEqual([]);
}

/** Restarts the guest by its own shutdown(8): afterwards nobody mounts folders from outside. */
async function restartInside(workspace: Workspace): Promise<void> {
  // Linux, in the stand-in, does not go on before somebody has read that it is ready; FreeBSD says it to nobody.
  const port = await listenToReadyPort(workspace);
  // Nothing in /var/run survives a boot.
  const marker = '/var/run/podbsd-e2e';
  const ssh = (command: string): Promise<Outcome> => workspace.podman('machine', 'ssh', MACHINE, command);
  succeeds(await ssh(`sudo touch ${marker}`));
  // Started behind the session: a connection that a shutdown cuts off is not closed for the client.
  succeeds(await ssh('sudo sh -c "sleep 1; shutdown -r now" </dev/null >/dev/null 2>&1 &'));
  const probe = `test ! -e ${marker} && test -e /srv/data/second`;
  const isBack = async (): Promise<true | undefined> =>
    (await workspace.podmanWithin(60, 'machine', 'ssh', MACHINE, probe)).code === 0 ? true : undefined;
  expect(await until(isBack, { every: 2_000, within: RESTART_TIMEOUT }), 'the guest is back').toBe(true);
  if (port === undefined) return;
  const isReady = (): true | undefined => (port.heard().includes('Ready') ? true : undefined);
  expect(await until(isReady, { every: 500, within: RESTART_TIMEOUT }), 'the guest says so').toBe(true);
  port.socket.destroy();
}

interface ReadyPort {
  readonly socket: Socket;
  /** What the guest has written since. */
  heard(): string;
}

async function listenToReadyPort({ runtime }: Workspace): Promise<ReadyPort | undefined> {
  const names = await readdir(join(runtime, 'podman'));
  // podman 4.3 calls it by the second name.
  const name = [`${MACHINE}.sock`, `${MACHINE}_ready.sock`].find((one) => names.includes(one));
  if (name === undefined) return undefined;
  const socket = connect(join(runtime, 'podman', name));
  let heard = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => (heard += data.toString()));
  return { socket, heard: () => heard };
}

async function look(
  workspace: Workspace,
  { client, user = 'core', proxy }: StoryOptions,
  data: string,
  round: string,
): Promise<void> {
  const ssh = async (command: string): Promise<string> =>
    succeeds(await workspace.podman('machine', 'ssh', MACHINE, command)).out.trim();

  expect(await ssh('id -u')).toBe(String(workspace.uid));
  expect(await ssh('whoami')).toBe(user);
  if (proxy !== undefined) {
    // The host's loopback address has another name in the guest.
    const inGuest = proxy.replace('127.0.0.1', 'host.containers.internal');
    expect(await ssh('sudo cat /usr/local/etc/rc.conf.d/podman_service')).toContain(inGuest);
  }
  expect(await ssh('readlink /etc/localtime')).toContain('Europe/Berlin');
  expect(await ssh('cat /mnt/fixed/note')).toBe('from the host');

  await writeFile(join(data, round), 'seen by the guest\n');
  expect(await ssh(`cat /srv/data/${round}`)).toBe('seen by the guest');
  // The user's own home, at the path that it has on the host.
  const { home } = workspace;
  await ssh(`cd ${home} && echo seen by the host > from-guest-${round}`);
  expect(await readFile(join(home, `from-guest-${round}`), 'utf8')).toBe('seen by the host\n');
  expect((await stat(join(home, `from-guest-${round}`))).uid).toBe(workspace.uid);
  for (const refused of ['touch /mnt/fixed/no', 'sudo touch /mnt/fixed/no'])
    expect((await workspace.podman('machine', 'ssh', MACHINE, refused)).code, refused).not.toBe(0);

  // After a restart inside gvproxy logs in again as it is asked.
  const answer = (): Promise<string | undefined> =>
    pingApi(client.apiSocket(workspace, MACHINE)).catch(() => undefined);
  expect(await until(answer, { every: 1_000, within: API_TIMEOUT })).toBe('OK');
}

function succeeds(outcome: Outcome): Outcome {
  expect(outcome.code, `${outcome.out}\n${outcome.err}`).toBe(0);
  return outcome;
}
