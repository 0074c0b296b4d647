import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../../ground/errors.ts';

/** What podman asks a machine to do. */
export type StateChange = 'Stop' | 'HardStop';

/** What the machine is doing, in vfkit's words; any other word makes podman fail for all machines. */
export type State = 'Running' | 'Stopping';

export interface StateKeeper {
  state(): State;
  change(wanted: StateChange): void;
}

/** A request of podman's is 20 bytes long. */
const LONGEST_REQUEST = 4096;

/**
 * The REST interface of vfkit and krunkit as far as podman uses it: `GET` and `POST /vm/state`. While somebody listens
 * the machine counts as running, for every podman that asks: it must be answered at once, whatever QEMU does, since
 * podman's client waits without a time limit.
 */
export class StateServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @throws PodbsdError with exit code `locked` when the port is taken. */
  static async listen(address: { host: string; port: number }, keeper: StateKeeper): Promise<StateServer> {
    const server = createServer((request, response) => {
      answer(request, response, keeper).catch(() => response.destroy());
    });
    // podman polls every half second while it stops a machine, and keeps the connection for that.
    server.keepAliveTimeout = 60_000;
    try {
      // Go's client tries ::1 as well as 127.0.0.1 for "localhost"; the real helpers listen on the latter.
      server.listen(address.port, address.host === 'localhost' ? '127.0.0.1' : address.host);
      await once(server, 'listening');
    } catch (error) {
      const taken = errnoOf(error) === 'EADDRINUSE';
      throw new PodbsdError({
        doing: `listening on ${address.host}:${address.port} for podman`,
        problem: taken ? 'another program has this port' : messageOf(error),
        remedy: `end that program (lsof -nP -iTCP:${address.port}), then start the machine again`,
        exitCode: taken ? ExitCode.locked : ExitCode.host,
        cause: error,
      });
    }
    return new StateServer(server);
  }

  /** Whether a machine answers there: another stand-in, or a real helper. */
  static async machineAnswers({ host, port }: { host: string; port: number }): Promise<boolean> {
    try {
      const url = `http://${host === 'localhost' ? '127.0.0.1' : host}:${port}/vm/state`;
      const { state } = (await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).json()) as {
        state?: unknown;
      };
      return typeof state === 'string' && state.startsWith('VirtualMachineState');
    } catch {
      return false;
    }
  }

  /** From now on podman is refused, which is how it sees that the machine has stopped. */
  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  keeper: StateKeeper,
): Promise<void> {
  if (request.url?.split('?')[0] !== '/vm/state') {
    reply(response, 404, { error: 'only /vm/state is here' });
  } else if (request.method === 'GET') {
    const running = keeper.state() === 'Running';
    reply(response, 200, {
      state: `VirtualMachineState${keeper.state()}`,
      canStart: false,
      canPause: false,
      canResume: false,
      canStop: running,
      canHardStop: true,
    });
  } else if (request.method === 'POST') {
    const wanted = wantedState(await body(request));
    if (wanted === undefined) {
      reply(response, 400, { error: 'state is neither "Stop" nor "HardStop"' });
    } else {
      // Answered before anything is done about it.
      reply(response, 202);
      keeper.change(wanted);
    }
  } else {
    reply(response, 405, { error: 'only GET and POST' });
  }
}

function reply(response: ServerResponse, status: number, content?: object): void {
  const text = content === undefined ? '' : JSON.stringify(content);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

async function body(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (text.length > LONGEST_REQUEST) throw new Error('too long');
  }
  return text;
}

function wantedState(text: string): StateChange | undefined {
  try {
    const { state } = JSON.parse(text) as { state?: unknown };
    return state === 'Stop' || state === 'HardStop' ? state : undefined;
  } catch {
    return undefined;
  }
}
