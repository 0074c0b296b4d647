import { createServer, type Server } from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Argv, RunOptions, RunResult } from '../../../src/host/host.ts';
import type { Guest, SharedVolume } from '../../../src/vm/verify/guest.ts';

export const KEY = 'ssh-ed25519 AAAA podbsd-verify';

/** What a guest answers; a test spoils one of it. */
export interface Answers {
  /** Standard output by `USER: COMMAND LINE`; undefined for a command that fails. */
  readonly commands: Map<string, string | undefined>;
  /** Standard error of podman's mount commands. */
  mountNotice: string;
  /** What the API says, by the path of its socket; undefined closes the connection. */
  readonly api: Map<string, string | undefined>;
  ready: () => Promise<void>;
  start: () => Promise<void>;
  powerOff: () => Promise<void>;
  /** What happens to files: the guest sees them and writes them with the user's uid. */
  readonly files: { seen: boolean; written: boolean; readOnly: boolean };
}

export function goodAnswers(volumes: readonly SharedVolume[]): Answers {
  const uid = String(process.getuid?.() ?? 0);
  const done = async (): Promise<void> => undefined;
  return {
    commands: new Map<string, string | undefined>([
      ['core: whoami', 'core\n'],
      ['root: id -u', '0\n'],
      ['core: id -u', `${uid}\n`],
      ['core: cat .ssh/authorized_keys', `${KEY}\n`],
      ['root: cat .ssh/authorized_keys', `${KEY}\nssh-ed25519 BBBB the user's own\n`],
      ['core: sudo -n id -u', '0\n'],
      ['root: /usr/bin/bash', ''],
      ['core: readlink /etc/localtime', '/usr/share/zoneinfo/Europe/Berlin\n'],
      ['core: cat /etc/containers/podman-machine', 'qemu\n'],
      ['core: cat /etc/podman-machine', 'qemu\n'],
      ...volumes.map(
        ({ target }) => [`core: df -P ${target}`, `Filesystem\nvol 1 1 1 1% ${target}\n`] as const,
      ),
    ]),
    mountNotice: '',
    api: new Map([
      [`/run/user/${uid}/podman/podman.sock`, 'OK'],
      ['/run/podman/podman.sock', 'OK'],
      ['/var/run/docker.sock', 'OK'],
    ]),
    ready: done,
    start: done,
    powerOff: done,
    files: { seen: true, written: true, readOnly: true },
  };
}

/** A guest that is nothing but its answers. Shares are folders of the host, read and written directly. */
export function fakeGuest(folder: string, volumes: readonly SharedVolume[], answers: Answers): Guest {
  const file = (name: string): string => join(folder, name);
  const as = async (user: string): Promise<unknown> => ({
    run: async (argv: Argv, options?: RunOptions) => answer(user, argv, options ?? {}, volumes, answers),
    forwardUnix: async (local: string, remote: string) => forward(local, answers.api.get(remote)),
  });
  const guest = {
    contract: {
      user: 'core',
      uid: process.getuid?.() ?? 0,
      key: { publicKey: KEY, privateKey: '' },
      timezone: 'Europe/Berlin',
      method: '9p-over-ssh',
      volumes,
    },
    patience: { readyMs: 1, powerOffMs: 1 },
    machine: { folder: { file }, spec: { accelerator: 'tcg' } },
    get running() {
      return { ready: answers.ready(), powerOff: answers.powerOff };
    },
    start: answers.start,
    as,
    run: async (argv: Argv) => (await answer('core', argv, {}, volumes, answers)).stdout.trimEnd(),
    closeLogins: async () => undefined,
  };
  // The checks use no more of a Guest than this.
  return guest as unknown as Guest;
}

async function answer(
  user: string,
  argv: Argv,
  options: RunOptions,
  volumes: readonly SharedVolume[],
  { commands, files, mountNotice }: Answers,
): Promise<RunResult> {
  const line = argv.join(' ');
  const ok = (stdout: string, stderr = ''): RunResult => ({ exitCode: 0, stdout, stderr });
  if (commands.has(`${user}: ${line}`)) {
    const stdout = commands.get(`${user}: ${line}`);
    if (stdout === undefined) throw new Error(`${line}: exit code 1`);
    return ok(stdout);
  }
  if (line.startsWith('sudo mkdir') || line.startsWith('sudo chattr')) return ok('');
  if (line.startsWith('sudo mount')) return ok('', mountNotice);
  const path = argv[1] ?? '';
  const volume = volumes.find(({ target }) => path.startsWith(`${target}/`));
  if (volume === undefined) throw new Error(`the fake guest does not know: ${user}: ${line}`);
  const source = join(volume.source, path.slice(volume.target.length));
  switch (argv[0]) {
    case 'cat':
      return ok(files.seen ? await readFile(source, 'utf8') : 'something else');
    case 'tee':
      if (files.written) await writeFile(source, options.input ?? '');
      return ok('');
    case 'touch':
      return { exitCode: files.readOnly ? 1 : 0, stdout: '', stderr: '' };
    default:
      throw new Error(`the fake guest does not know: ${user}: ${line}`);
  }
}

async function forward(local: string, body: string | undefined): Promise<{ close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    if (body === undefined) request.socket.destroy();
    else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(local, resolve));
  return {
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export async function makeVolumes(folder: string): Promise<SharedVolume[]> {
  const wanted = [
    { tag: 'vol0', target: '/srv/data', readOnly: false, source: join(folder, 'vol0') },
    { tag: 'vol1', target: '/mnt/ro', readOnly: true, source: join(folder, 'vol1') },
  ];
  for (const { source } of wanted) await mkdir(source);
  return wanted;
}
