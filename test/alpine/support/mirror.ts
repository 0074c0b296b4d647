import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { execa } from 'execa';
import { onTestFinished } from 'vitest';
import { scratch } from './fixture.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** An Alpine mirror on loopback, with a certificate of its own. */
export interface Mirror {
  /** `https://127.0.0.1:PORT/alpine` */
  readonly url: string;
  /** The paths that were asked for, with the range where there was one. */
  readonly requests: string[];
  /** What the mirror holds, by path below `/alpine/`. */
  readonly files: Map<string, Buffer>;
  /** Answers for a path in place of the plain one; each is used once, in order. */
  readonly tricks: Map<string, Handler[]>;
}

export async function startMirror(): Promise<Mirror> {
  const folder = scratch();
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await execa('openssl', ['req', '-x509', ...ec, '-keyout', key, '-out', cert, ...subject]);
  const files = new Map<string, Buffer>();
  const tricks = new Map<string, Handler[]>();
  const requests: string[] = [];
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    const path = (request.url ?? '').replace(/^\/alpine\//, '');
    requests.push([path, request.headers.range].filter((part) => part !== undefined).join(' '));
    const body = files.get(path);
    if (body === undefined) response.writeHead(404).end();
    else (tricks.get(path)?.shift() ?? plain)(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => await stop(server));
  const { port } = server.address() as AddressInfo;
  return { url: `https://127.0.0.1:${port}/alpine`, requests, files, tricks };
}

/** A well-behaved server: strong ETag, ranges, If-Range. */
export const plain: Handler = (request, response, body) => {
  const etag = '"one"';
  const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const start = range !== null && request.headers['if-range'] === etag ? Number(range[1]) : 0;
  if (start > 0)
    response.setHeader('content-range', `bytes ${start}-${body.length - 1}/${body.length}`).writeHead(206, {
      ...{ etag, 'content-length': body.length - start },
    });
  else response.writeHead(200, { etag, 'content-length': body.length });
  response.end(body.subarray(start));
};

/** Promises everything and hangs up after a part. */
export const truncated =
  (bytes: number): Handler =>
  (_request, response, body) => {
    response.writeHead(200, { etag: '"one"', 'content-length': body.length });
    response.write(body.subarray(0, bytes), () => setImmediate(() => response.destroy()));
  };

/** Sends a part and then nothing more, with the connection open. */
export const silent =
  (bytes: number): Handler =>
  (_request, response, body) => {
    response.writeHead(200, { etag: '"one"', 'content-length': body.length });
    response.write(body.subarray(0, bytes));
  };

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
