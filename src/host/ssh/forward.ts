import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import type { Client } from 'ssh2';

/** A local socket whose connections are forwarded to the server. */
export interface Forward {
  /** Stops listening, ends open connections and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens on a Unix socket that only this user may use; each connection is forwarded to a Unix socket on the server
 * (OpenSSH's direct-streamlocal).
 *
 * @param client gives the connection at the time it is needed, so that a forward survives a reconnection.
 */
export async function forwardUnix(
  client: () => Promise<Client>,
  localPath: string,
  remotePath: string,
): Promise<Forward> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    client()
      .then((connection) => {
        connection.openssh_forwardOutStreamLocal(remotePath, (error, channel) => {
          if (error !== undefined) {
            socket.destroy();
            return;
          }
          channel.on('error', () => socket.destroy());
          channel.on('close', () => socket.destroy());
          socket.on('close', () => channel.close());
          socket.pipe(channel).pipe(socket);
        });
      })
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(localPath, () => resolve());
  });
  await chmod(localPath, 0o600);
  return {
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await rm(localPath, { force: true });
    },
  };
}
