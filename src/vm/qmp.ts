import type { Socket } from 'node:net';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { LineSplitter } from '../host/line-splitter.ts';
import { connectUnixSocket, type ConnectOptions } from './unix-socket.ts';

/** Lines of the QEMU Machine Protocol (QEMU, docs/interop/qmp-spec): exactly one of these keys says what it is. */
interface QmpMessage {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** What `query-status` says of a machine; QEMU has more states, these are the ones that podbsd tells apart. */
export interface MachineStatus {
  readonly status: string;
  readonly running: boolean;
}

/** A connection to one machine's monitor. QEMU serves one client at a time and answers in order. */
export class QmpClient {
  readonly #socket: Socket;
  readonly #pending: Pending[] = [];
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const splitter = new LineSplitter((line) => this.#receive(line));
    socket.on('data', (chunk: Buffer) => splitter.push(chunk));
    socket.on('error', () => this.#end());
    socket.on('close', () => this.#end());
  }

  /** Connects to QEMU's `-qmp unix:PATH` socket, waiting for it to appear, and leaves negotiation mode. */
  static async connect(path: string, options: ConnectOptions): Promise<QmpClient> {
    const client = new QmpClient(await connectUnixSocket(path, options));
    // QEMU may hang, or talk to another client: then there is no greeting to wait for.
    options.signal?.addEventListener('abort', () => client.close(), { once: true });
    if (options.signal?.aborted === true) client.close();
    await client.execute('qmp_capabilities');
    return client;
  }

  /** Runs one command and returns QEMU's answer. Rejects when QEMU refuses it or ends. */
  async execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#closed) throw gone();
    return await new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    });
  }

  async status(): Promise<MachineStatus> {
    return (await this.execute('query-status')) as MachineStatus;
  }

  /** Presses the ACPI power button, as `podman machine stop` does. */
  async pressPowerButton(): Promise<void> {
    await this.execute('system_powerdown');
  }

  /** Ends QEMU at once, without shutting the guest down. */
  async quit(): Promise<void> {
    await this.execute('quit');
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(line: string): void {
    const message = JSON.parse(line) as QmpMessage;
    if (message.QMP !== undefined || message.event !== undefined) return;
    const pending = this.#pending.shift();
    if (message.error === undefined) pending?.resolve(message.return);
    else pending?.reject(new Error(`QEMU refused: ${message.error.desc}`));
  }

  #end(): void {
    this.#closed = true;
    for (const pending of this.#pending.splice(0)) pending.reject(gone());
  }
}

function gone(): PodbsdError {
  return new PodbsdError({
    doing: "talking to the machine's monitor",
    problem: 'the connection is closed: QEMU has ended',
    exitCode: ExitCode.notReady,
  });
}
