import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { LineSplitter } from '../../../host/line-splitter.ts';

/** What a running machine can be asked. */
export interface Controls {
  pressPowerButton(): void;
  powerOff(): void;
}

/**
 * Speaks QEMU's protocol (QMP) for a machine under bhyve, so that the code that starts, watches and stops machines need
 * not know what runs them.
 */
export async function openMonitor(socketPath: string, controls: Controls): Promise<Server> {
  await rm(socketPath, { force: true });
  const server = createServer((client) => serve(client, controls)).listen(socketPath);
  await once(server, 'listening');
  return server;
}

function serve(client: Socket, controls: Controls): void {
  const send = (message: unknown): void => void client.write(`${JSON.stringify(message)}\n`);
  const lines = new LineSplitter((line) => send(answer(line, controls)));
  client.on('error', () => client.destroy());
  client.on('data', (chunk: Buffer) => lines.push(chunk));
  send({ QMP: { version: {}, capabilities: [] } });
}

function answer(line: string, controls: Controls): unknown {
  switch (commandOf(line)) {
    case 'qmp_capabilities':
    case 'cont':
      return { return: {} };
    case 'query-status':
      return { return: { status: 'running', running: true } };
    case 'system_powerdown':
      controls.pressPowerButton();
      return { return: {} };
    case 'quit':
      controls.powerOff();
      return { return: {} };
    default:
      return { error: { class: 'CommandNotFound', desc: 'bhyve has no such command' } };
  }
}

function commandOf(line: string): unknown {
  try {
    return (JSON.parse(line) as { execute?: unknown }).execute;
  } catch {
    return undefined;
  }
}
