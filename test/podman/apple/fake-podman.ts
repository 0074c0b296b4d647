import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { Agent, createServer as createHttpServer, request, type Server as HttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../src/vm/free-port.ts';
import { generateKeyPair, writeKeyPair } from '../../../src/vm/keys.ts';
import {
  recordedConfig,
  recordedDescription,
  recordedWords,
  type RecordedClient,
  type RecordedLine,
} from './recorded.ts';

export interface FakePodmanOptions {
  readonly client: RecordedClient;
  /** $HOME and $TMPDIR. */
  readonly home: string;
  readonly tmp: string;
  /** Where vfkit and krunkit are found. */
  readonly helpers: string;
  /** gvproxy, with the words that come before its options. */
  readonly gvproxy: readonly [string, ...string[]];
  readonly env: NodeJS.ProcessEnv;
}

/** How a helper ended: what podman would say of it. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * podman machine as its Apple providers were recorded: the order of its doings, its words, and what it takes for an
 * error. A helper that ends before it is ready fails the start; a port that refuses is a machine that has stopped.
 */
export class FakePodman {
  helper: ChildProcess | undefined;
  gvproxyProcess: ChildProcess | undefined;
  lastUp = false;
  /** Served in the place of what podman's own file says. */
  serves: string | undefined;
  port = 0;
  readonly #options: FakePodmanOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #readyListener: Server | undefined;
  #ignitionServer: HttpServer | undefined;

  constructor(options: FakePodmanOptions) {
    this.#options = options;
  }

  get provider(): 'applehv' | 'libkrun' {
    return this.#options.client.endsWith('libkrun') ? 'libkrun' : 'applehv';
  }
  get runtime(): string {
    return join(this.#options.tmp, 'podman');
  }
  get data(): string {
    return join(this.#options.home, '.local/share/containers/podman/machine', this.provider);
  }
  get config(): string {
    return join(this.#options.home, '.config/containers/podman/machine', this.provider);
  }
  get disk(): string {
    return join(this.data, 'tm-amd64.raw');
  }
  get log(): string {
    return join(this.runtime, 'tm.log');
  }

  /** `podman machine init --image FILE`; the config and the description are those that were recorded. */
  async init(image: string): Promise<void> {
    const { client, home } = this.#options;
    for (const folder of [this.runtime, this.data, this.config, join(home, 'vol1'), join(home, 'vol2')])
      await fs.mkdir(folder, { recursive: true });
    this.port = await freePort();
    await fs.copyFile(image, this.disk);
    await fs.writeFile(join(this.config, 'tm.json'), this.#here(recordedDescription(client)));
    await fs.writeFile(join(this.config, 'tm.ign'), recordedConfig(client));
    await writeKeyPair(join(this.data, '..', 'machine'), await generateKeyPair('podman'));
  }

  /** The recorded words, in this machine's places. */
  words(line: RecordedLine): string[] {
    return recordedWords(this.#options.client, line).map((word) =>
      this.#here(word)
        .replace(/^tcp:\/\/localhost:\d+$/, `tcp://localhost:${this.port}`)
        .replace(
          /(^|=|unixgram:\/\/)(\/[^,]*\.sock)/,
          (_, before: string, path: string) => before + this.#short(path),
        ),
    );
  }

  /** Beyond 103 bytes podman passes on the path of a link in ~/.podman (define/vmfile.go). */
  #short(path: string): string {
    if (Buffer.byteLength(path) <= 103) return path;
    const links = join(this.#options.home, '.podman');
    mkdirSync(links, { recursive: true });
    const link = join(links, basename(path));
    rmSync(link, { force: true });
    symlinkSync(path, link);
    return link;
  }

  #here(text: string): string {
    return text
      .replaceAll('/Users/me', this.#options.home)
      .replaceAll('/var/folders/zz/T', this.#options.tmp);
  }

  /** `podman machine start`. Rejects as podman does, with its words. */
  async start(words: RecordedLine = this.lastUp ? 'second-boot' : 'first-boot'): Promise<void> {
    if ((await this.state()) !== 'stopped') throw new Error('unable to start "tm": already running');
    const argv = this.words(words);
    await this.startGvproxy();
    const { line: ready } = await this.listenForReady();
    const ignition = argv.find((word) => word.startsWith('virtio-vsock,port=1024'));
    if (ignition !== undefined) await this.#serveIgnition(/socketURL=(.*),listen/.exec(ignition)?.[1] ?? '');
    this.startHelper(argv);
    const helper = this.helper;
    if (helper === undefined) throw new Error('no helper');
    const ended = new Promise<Ended>((resolve) => {
      helper.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const first = await Promise.race([ready, ended]);
    this.#ignitionServer?.closeAllConnections();
    this.#ignitionServer?.close();
    if (typeof first !== 'string')
      throw new Error(`exited unexpectedly with exit code ${String(first.code ?? first.signal)}`);
    if ((await this.state()) !== 'VirtualMachineStateRunning')
      throw new Error('machine did not transition into running state');
  }

  startHelper(words: readonly string[], name = this.provider === 'applehv' ? 'vfkit' : 'krunkit'): void {
    const { home, tmp, env } = this.#options;
    const program = join(this.#options.helpers, name);
    const run = { env: { ...env, HOME: home, TMPDIR: tmp }, stdio: 'ignore' } as const;
    if (!words.includes('--gui') || this.provider === 'applehv') {
      this.helper = spawn(program, words, run);
      return;
    }
    // libkrun with --log-level debug: Terminal runs a script, and podman watches `open`, which waits for it.
    const script = join(this.runtime, 'krunkit-debug.sh');
    const quoted = [program, ...words].map((word) => `"${word}"`).join(' ');
    writeFileSync(script, `#!/bin/sh\nexec ${quoted} `, { mode: 0o744 });
    this.helper = spawn('/bin/sh', ['-c', '"$0" & wait $!', script], run);
  }

  /** Starts gvproxy and waits for the path of its socket, as podman does. */
  async startGvproxy(): Promise<void> {
    const words = this.words('gvproxy');
    const socket = /unixgram:\/\/(.*)$/m.exec(words.join('\n'))?.[1] ?? '';
    await fs.rm(join(this.runtime, 'tm-gvproxy.sock'), { force: true });
    const [program, ...before] = this.#options.gvproxy;
    const env = { ...this.#options.env, HOME: this.#options.home };
    this.gvproxyProcess = spawn(program, [...before, ...words], { env, stdio: 'ignore' });
    for (let tries = 0; !existsSync(socket); tries++) {
      if (tries > 1500) throw new Error(`unable to connect to "gvproxy" socket at ${socket}`);
      await sleep(20);
    }
  }

  /** Listens for one connection; `line` is the first that comes through it. */
  async listenForReady(): Promise<{ line: Promise<string> }> {
    const path = this.#short(join(this.runtime, 'tm.sock'));
    await fs.rm(path, { force: true });
    const server = createServer();
    this.#readyListener = server;
    const line = new Promise<string>((resolve, reject) => {
      server.on('connection', (connection) => {
        // One connection; others are refused from now on.
        server.close();
        let text = '';
        connection.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (!text.includes('\n')) return;
          connection.destroy();
          resolve(text);
        });
        connection.on('end', () => reject(new Error('EOF')));
      });
    });
    line.catch(() => undefined);
    server.listen(path);
    await once(server, 'listening');
    return { line };
  }

  async #serveIgnition(path: string): Promise<void> {
    await fs.rm(path, { force: true });
    const config = Buffer.from(this.serves ?? readFileSync(join(this.config, 'tm.ign')));
    // Without a length Node.js sends chunks, as Go does.
    const server = createHttpServer((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
      response.write(config.subarray(0, 1000));
      response.write(config.subarray(1000, 1001));
      response.end(config.subarray(1001));
    });
    server.listen(path);
    await once(server, 'listening');
    this.#ignitionServer = server;
  }

  /** `stopped` when the port refuses. podman fails for all machines when the answer is not what it knows. */
  async state(): Promise<string> {
    try {
      const { status, body } = await this.ask('GET');
      const { state } = JSON.parse(body) as { state: string };
      if (status !== 200) throw new Error(`status ${status}`);
      return state;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return 'stopped';
      throw error;
    }
  }

  async ask(method: 'GET' | 'POST', content?: string): Promise<{ status: number; body: string }> {
    return await new Promise((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path: '/vm/state',
          method,
          agent: this.#agent,
          headers: content === undefined ? {} : { 'Content-Length': content.length },
        },
        (response) => {
          let body = '';
          response.on('data', (chunk: Buffer) => (body += chunk.toString()));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
          response.on('error', reject);
        },
      );
      // A connection that was kept and is closed by now is opened anew by Go's client.
      asked.on('error', (error: NodeJS.ErrnoException) => {
        if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(this.ask(method, content));
        else reject(error);
      });
      asked.end(content);
    });
  }

  /** `podman machine stop`, or with `HardStop` what `rm -f` of libkrun does. */
  async stop(how: 'Stop' | 'HardStop' = 'Stop'): Promise<void> {
    if ((await this.state()) === 'stopped') return;
    await this.ask('POST', `{"state":"${how}"}`);
    // Any error is the end here, also a connection that is reset because the port closes at this moment (helper.go).
    while ((await this.state().catch(() => 'stopped')) !== 'stopped') await sleep(100);
    await this.killGvproxy();
    await fs.rm(join(this.runtime, 'tm.sock'), { force: true });
    this.lastUp = true;
  }

  /** SIGKILL by gvproxy's own file; one that is absent is fine. */
  async killGvproxy(): Promise<void> {
    const file = join(this.runtime, 'gvproxy.pid');
    const pid = Number(await fs.readFile(file, 'utf8').catch(() => '0'));
    if (pid > 0) {
      process.kill(pid, 'SIGKILL');
      await fs.rm(file);
    }
  }

  /** `podman machine rm -f`: exactly the files that podman knows. */
  async remove(): Promise<void> {
    await this.stop(this.provider === 'libkrun' ? 'HardStop' : 'Stop');
    for (const file of [this.disk, this.log, join(this.config, 'tm.json'), join(this.config, 'tm.ign')])
      await fs.rm(file, { force: true });
    for (const name of ['tm.sock', 'tm-gvproxy.sock', 'tm-api.sock', 'gvproxy.log', 'krunkit-debug.sh'])
      await fs.rm(join(this.runtime, name), { force: true });
    await fs.rm(join(this.data, 'tm-ignition.sock'), { force: true });
  }

  /** Ends what a test that failed has left. */
  close(): void {
    this.#agent.destroy();
    this.#readyListener?.close();
    this.#ignitionServer?.close();
    for (const child of [this.helper, this.gvproxyProcess])
      if (child?.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  }
}
