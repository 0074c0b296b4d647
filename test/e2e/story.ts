import { readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import type { PodmanClient } from './clients.ts';
import type { Outcome, Workspace } from './workspace.ts';

export interface StoryOptions {
  readonly client: PodmanClient;
  readonly image: string;
  readonly rootful: boolean;
  /** Stop, start and look again. */
  readonly restart: boolean;
  /** `--username`; podman's default is core. */
  readonly user?: string;
  /** The proxy that was in the environment, and that the API service must have. */
  readonly proxy?: string;
}

const MACHINE = 'e2e';

/** What a user does with a machine, typed exactly so; nothing of podbsd's is typed in between. */
export async function machineStory(workspace: Workspace, options: StoryOptions): Promise<void> {
  const { client } = options;
  const data = await workspace.sharedFolder('data');
  const fixed = await workspace.sharedFolder('fixed');
  const fresh = await workspace.sharedFolder('fresh');
  await writeFile(join(fixed, 'note'), 'from the host\n');

  if (client.needsSetup) succeeds(await setupPodman(workspace));
  const volumes = [
    '-v',
    `${data}:/srv/data`,
    '-v',
    `${fixed}:/mnt/fixed:ro`,
    '-v',
    `${fresh}:/not/there/yet`,
  ];
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
  await look(workspace, options, { data, fresh }, 'first');
  if (options.restart) {
    await stop(workspace);
    await start(workspace);
    await look(workspace, options, { data, fresh }, 'second');
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
  const names = await Promise.all(
    leftover.map((pid) => execa('cat', [`/proc/${pid}/comm`], { reject: false })),
  );
  expect(names.map(({ stdout }) => stdout).filter((name) => name.startsWith('qemu'))).toEqual([]);
}

async function look(
  workspace: Workspace,
  { client, user = 'core', proxy }: StoryOptions,
  { data, fresh }: { data: string; fresh: string },
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
  await ssh(`echo seen by the host > /not/there/yet/${round}`);
  expect(await readFile(join(fresh, round), 'utf8')).toBe('seen by the host\n');
  expect((await stat(join(fresh, round))).uid).toBe(workspace.uid);
  expect((await workspace.podman('machine', 'ssh', MACHINE, 'touch /mnt/fixed/no')).code).not.toBe(0);

  expect(await ping(client.apiSocket(workspace, MACHINE))).toBe('OK');
}

async function ping(socketPath: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/_ping', timeout: 20_000, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve(body));
    });
    asked.on('timeout', () => asked.destroy(new Error(`${socketPath} does not answer`)));
    asked.on('error', reject);
    asked.end();
  });
}

function succeeds(outcome: Outcome): Outcome {
  expect(outcome.code, `${outcome.out}\n${outcome.err}`).toBe(0);
  return outcome;
}
