import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair } from '../../src/host/ssh/key-pair.ts';
import type { SshSettings } from '../../src/host/ssh/settings.ts';
import { findProgram } from './programs.ts';

/** A private sshd on loopback with its own keys. Between it and the client lies a wire that tests can cut. */
export interface TestSshd {
  readonly port: number;
  readonly user: string;
  /** The private key that may log in: a file, mode 0600. */
  readonly identityFile: string;
  /** The server's public key, as in a .pub file. */
  readonly hostKey: string;
  /** A folder for the test's own files; removed by stop(). */
  readonly folder: string;
  /** Everything that SshHost.connect needs, the host key pinned. */
  readonly settings: SshSettings;
  /** Breaks every open connection, as a network does. */
  cut(): void;
  /** While true, new connections are refused. */
  refuse(refusing: boolean): void;
  /** Bytes that have gone from the server to its clients so far. */
  received(): number;
  stop(): Promise<void>;
}

/** @param extraConfig further lines of sshd_config(5). */
export async function startSshd(extraConfig: readonly string[] = []): Promise<TestSshd> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-sshd-'));
  const user = userInfo().username;
  const hostKey = await writeKeyPair(join(folder, 'host_key'));
  const identityFile = join(folder, 'identity');
  await writeFile(join(folder, 'authorized_keys'), `${await writeKeyPair(identityFile)}\n`);
  // Where root starts sshd it insists on this folder, which systemd makes otherwise.
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });

  const innerPort = await freePort();
  const config = [
    `Port ${innerPort}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_key')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'sshd.pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    'Subsystem sftp internal-sftp',
    ...extraConfig,
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const program = findProgram('sshd') ?? 'sshd';
  const sshd = spawn(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await listening(sshd);

  const wire = await startWire(innerPort);
  return {
    port: wire.port,
    user,
    identityFile,
    hostKey,
    folder,
    settings: {
      host: '127.0.0.1',
      port: wire.port,
      user,
      identity: { file: identityFile },
      hostKeys: [hostKey],
    },
    cut: wire.cut,
    refuse: wire.refuse,
    received: wire.received,
    stop: async () => {
      await wire.stop();
      if (sshd.exitCode === null) {
        const exited = once(sshd, 'exit');
        sshd.kill('SIGTERM');
        await exited;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes PATH (0600) and PATH.pub and returns the public line. */
async function writeKeyPair(path: string): Promise<string> {
  const pair = await generateKeyPair();
  await writeFile(path, pair.privateKey, { mode: 0o600 });
  await chmod(path, 0o600);
  await writeFile(`${path}.pub`, `${pair.publicKey}\n`);
  return pair.publicKey;
}

async function listening(sshd: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    sshd.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Server listening')) resolve();
    });
    sshd.once('error', reject);
    sshd.once('exit', () => reject(new Error(`sshd did not start: ${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function startWire(innerPort: number): Promise<{
  readonly port: number;
  readonly cut: () => void;
  readonly refuse: (refusing: boolean) => void;
  readonly received: () => number;
  readonly stop: () => Promise<void>;
}> {
  const sockets = new Set<Socket>();
  let refusing = false;
  let received = 0;
  const server: Server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const inner = connect(innerPort, '127.0.0.1');
    for (const socket of [client, inner]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        inner.destroy();
      });
    }
    inner.on('data', (chunk: Buffer) => (received += chunk.length));
    client.pipe(inner).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    refuse: (value) => (refusing = value),
    received: () => received,
    stop: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
