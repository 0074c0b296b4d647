import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** A machine's first serial port: everything it prints is kept in a file, and clients of a socket can use it. */
export class SerialConsole {
  readonly #log: WriteStream;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  #type: (typed: Buffer) => void = () => undefined;

  private constructor(log: WriteStream, server: Server) {
    this.#log = log;
    this.#server = server;
    server.on('connection', (client) => {
      this.#clients.add(client);
      client.on('data', (typed: Buffer) => this.#type(typed));
      client.on('error', () => client.destroy());
      client.on('close', () => this.#clients.delete(client));
    });
  }

  /** @param logFile emptied first. */
  static async open(socketPath: string, logFile: string): Promise<SerialConsole> {
    const log = createWriteStream(logFile, { flags: 'w', mode: 0o600 });
    await once(log, 'open');
    await rm(socketPath, { force: true });
    const server = createServer().listen(socketPath);
    await once(server, 'listening');
    return new SerialConsole(log, server);
  }

  /** What the machine has printed. */
  print(text: Buffer): void {
    this.#log.write(text);
    for (const client of this.#clients) client.write(text);
  }

  /** Sets where input goes: to a new bhyve after each reboot of the guest. */
  set keyboard(type: (typed: Buffer) => void) {
    this.#type = type;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy();
    this.#server.close();
    await new Promise<void>((resolve) => this.#log.end(resolve));
  }
}
