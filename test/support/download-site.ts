import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What a server does with one file instead of giving all of it. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly times?: number }
  /** The connection breaks after so many bytes of each answer. */
  | { readonly kind: 'break'; readonly after: number; readonly times?: number }
  /** The answer stops after so many bytes, and the connection stays open. */
  | { readonly kind: 'stall'; readonly after: number; readonly times?: number }
  | { readonly kind: 'redirect'; readonly to: string; readonly times?: number };

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
}

/** A server with the folders of FreeBSD's download site: listings as its nginx makes them, ranges, ETags, HEAD. */
export class DownloadSite {
  readonly files = new Map<string, Buffer>();
  readonly faults = new Map<string, Fault>();
  readonly requests: Request[] = [];
  readonly #server = createServer((request, response) => this.#answer(request, response));
  #port = 0;

  static async start(files: Readonly<Record<string, Buffer | string>> = {}): Promise<DownloadSite> {
    const site = new DownloadSite();
    for (const [path, content] of Object.entries(files)) site.put(path, content);
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    site.#port = (site.#server.address() as AddressInfo).port;
    onTestFinished(() => site.stop());
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  put(path: string, content: Buffer | string): void {
    this.files.set(path, Buffer.from(content));
  }

  /** Puts an image, and the list of checksums beside it. Answers its SHA-256. */
  putImage(path: string, content: Buffer): string {
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.put(path, content);
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const list = `${folder}CHECKSUM.SHA256`;
    const before = this.files.get(list)?.toString() ?? '';
    this.put(list, `${before}SHA256 (${path.slice(folder.length)}) = ${sha256}\n`);
    return sha256;
  }

  /** The GETs of a file. */
  gets(path: string): readonly Request[] {
    return this.requests.filter((request) => request.method === 'GET' && request.path === path);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURI(new URL(request.url ?? '/', this.url).pathname).replace(/^\/+/, '');
    const { range, 'if-range': ifRange } = request.headers;
    this.requests.push({ method: request.method ?? '', path, range });
    const fault = this.#faultOf(path);
    if (fault?.kind === 'status') {
      response.writeHead(fault.status).end();
      return;
    }
    if (fault?.kind === 'redirect') {
      response.writeHead(302, { location: fault.to }).end();
      return;
    }
    const content = this.files.get(path) ?? this.#listing(path);
    if (content === undefined) {
      response.writeHead(404).end('<html><head><title>404 Not Found</title></head></html>');
      return;
    }
    const etag = `"${createHash('md5').update(content).digest('hex')}"`;
    const asked = ifRange === undefined || ifRange === etag ? /^bytes=(\d+)-$/.exec(range ?? '') : null;
    const start = Number(asked?.[1] ?? 0);
    if (start >= content.length && asked !== null) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    response.writeHead(asked === null ? 200 : 206, {
      etag,
      'accept-ranges': 'bytes',
      'content-length': content.length - start,
      ...(asked === null
        ? {}
        : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    if (request.method === 'HEAD') response.end();
    else if (fault === undefined || start + fault.after >= content.length)
      response.end(content.subarray(start));
    else {
      const part = content.subarray(start, start + fault.after);
      response.write(part, () => (fault.kind === 'break' ? response.destroy() : undefined));
    }
  }

  #faultOf(path: string): Fault | undefined {
    const fault = this.faults.get(path);
    if (fault?.times !== undefined)
      if (fault.times > 1) this.faults.set(path, { ...fault, times: fault.times - 1 });
      else this.faults.delete(path);
    return fault;
  }

  /** A folder as nginx's fancyindex shows it, which FreeBSD's servers use. */
  #listing(path: string): Buffer | undefined {
    const folder = path === '' || path.endsWith('/') ? path : `${path}/`;
    const below = [...this.files.keys()].filter((file) => file.startsWith(folder));
    if (below.length === 0) return undefined;
    const names = new Set(below.map((file) => /^[^/]+\/?/.exec(file.slice(folder.length))?.[0] ?? ''));
    const rows = [...names].sort().map((name) => {
      const title = name.replace('/', '');
      return `<tr><td class="link"><a href="${name}" title="${title}">${name}</a></td><td class="size">-</td><td class="date">2026-Jun-16 10:00</td></tr>`;
    });
    return Buffer.from(
      `<!DOCTYPE html><html><head><title>Index of /${folder}</title></head><body><h1>Index of /${folder}</h1>\n` +
        '<table id="list"><thead><tr><th><a href="?C=N&amp;O=A">File Name</a></th></tr></thead>\n<tbody>' +
        `<tr><td class="link"><a href="../">Parent directory/</a></td></tr>\n${rows.join('\n')}\n</tbody></table></body></html>`,
    );
  }
}
