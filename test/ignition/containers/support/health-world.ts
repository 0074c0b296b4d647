import { execa } from 'execa';
import { appendFile, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../../../src/ground/assets.ts';
import { until } from '../../../../src/ground/until.ts';
import { quickjs } from '../../../support/quickjs.ts';
import { bundleForQuickjs } from './under-quickjs.ts';

/** The service as the guest runs it, with other paths. */
const entry = `
import { health } from './containers/health/program.ts';
import { QuickjsEvents } from './system/quickjs-events.ts';
import { QuickjsSystem } from './system/quickjs.ts';
const system = new QuickjsSystem();
const run = scriptArgs[1];
system.exit(await health(system, new QuickjsEvents(), {
  podman: run + '/podman', run, log: (message) => system.err(message + '\\n'),
}));
`;

const nanoseconds = 1e9;

/** What `podman inspect` says of a container; seconds. */
export interface ContainerSpec {
  readonly name: string;
  readonly interval?: number | undefined;
  readonly startup?: { readonly interval: number; readonly successes?: number };
  readonly test?: readonly string[] | null;
  readonly createCommand?: readonly string[];
  readonly startedAt?: string;
}

export function inspectText(id: string, spec: ContainerSpec): string {
  const { interval, startup, test = ['CMD-SHELL', 'true'] } = spec;
  const check = { Test: test, Timeout: 30 * nanoseconds, Retries: 3 };
  const timed = interval === undefined ? check : { ...check, Interval: interval * nanoseconds };
  const first = startup && {
    Test: ['CMD-SHELL', 'true'],
    Interval: startup.interval * nanoseconds,
    Timeout: 30 * nanoseconds,
    ...(startup.successes === undefined ? {} : { Successes: startup.successes }),
  };
  return JSON.stringify(
    [
      {
        Id: id,
        Name: spec.name,
        State: {
          Running: true,
          StartedAt: spec.startedAt ?? '2026-11-27T12:00:00Z',
          Health: { Status: 'starting' },
        },
        Config: {
          ...(test === null ? {} : { Healthcheck: timed }),
          ...(first === undefined ? {} : { StartupHealthCheck: first }),
          ...(spec.createCommand === undefined ? {} : { CreateCommand: spec.createCommand }),
        },
      },
    ],
    undefined,
    5,
  );
}

interface Service extends PromiseLike<{ readonly exitCode?: number; readonly all?: string }> {
  kill(signal: 'SIGTERM'): boolean;
}

interface Report {
  readonly watched: readonly {
    readonly id: string;
    readonly name: string;
    readonly health: string;
    readonly interval: number;
    readonly startup: boolean;
  }[];
}

/** A podman with containers, and the service beside it. */
export class HealthWorld {
  readonly folder: string;
  #service: Service | undefined;
  #ids = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(folder: string): Promise<HealthWorld> {
    for (const name of ['containers', 'running', 'result', 'hang', 'busy', 'trouble'])
      await mkdir(join(folder, name), { recursive: true });
    await copyFile(join(packageRoot, 'test/doubles/containers/podman'), join(folder, 'podman'));
    await writeFile(join(folder, 'events'), '');
    await bundleForQuickjs(entry, join(folder, 'health.js'));
    return new HealthWorld(folder);
  }

  /** @param preload a library that is loaded into the engine before all others. */
  async start(preload?: string): Promise<void> {
    const [loader, ...rest] = await quickjs();
    const first = preload === undefined ? [] : ['--preload', preload];
    this.#service = execa(loader, [...first, ...rest, '-m', join(this.folder, 'health.js'), this.folder], {
      reject: false,
      all: true,
      stdin: 'ignore',
    });
  }

  /** Asks the service to end; answers how it did. */
  async stop(): Promise<{ exitCode: number | undefined; said: string }> {
    const service = this.#service;
    this.#service = undefined;
    if (service === undefined) return { exitCode: undefined, said: '' };
    service.kill('SIGTERM');
    const { exitCode, all } = await service;
    return { exitCode, said: all ?? '' };
  }

  /** Ends what hangs, and everything else that is left. */
  async clear(): Promise<void> {
    await this.stop();
    const pids = await readFile(join(this.folder, 'pids'), 'utf8').catch(() => '');
    for (const pid of pids.split('\n').filter(Boolean)) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (words.includes(this.folder)) process.kill(Number(pid), 'SIGKILL');
    }
    // Checks that were left to finish still write here.
    await this.until(
      async () => (await execa('pgrep', ['-f', this.folder], { reject: false })).exitCode === 1,
    );
  }

  async eventsPid(): Promise<number> {
    return Number(await readFile(join(this.folder, 'events.pid'), 'utf8').catch(() => ''));
  }

  /** A container that has just been started; the event is not written yet. */
  async run(spec: ContainerSpec): Promise<string> {
    const id = (++this.#ids).toString(16).padStart(64, 'a');
    await this.define(id, spec);
    await writeFile(join(this.folder, 'running', id), '');
    return id;
  }

  async define(id: string, spec: ContainerSpec): Promise<void> {
    await writeFile(join(this.folder, 'containers', id), inspectText(id, spec));
  }

  async set(kind: 'result' | 'hang' | 'trouble', name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, kind, name), `${text}\n`);
  }

  async end(id: string): Promise<void> {
    await rm(join(this.folder, 'running', id));
    const text = await readFile(join(this.folder, 'containers', id), 'utf8');
    await writeFile(join(this.folder, 'containers', id), text.replace('"Running": true', '"Running": false'));
  }

  eventText(status: string, id: string, more: object = {}): string {
    const time = Math.floor(Date.now() / 1000);
    return JSON.stringify({
      ID: id,
      Name: 'x',
      Status: status,
      Type: 'container',
      time,
      timeNano: time * 1e9,
      ...more,
    });
  }

  async event(status: string, id: string, more: object = {}): Promise<void> {
    await this.write(`${this.eventText(status, id, more)}\n`);
  }

  /** Adds to the event log as it is. */
  async write(text: string): Promise<void> {
    await appendFile(join(this.folder, 'events'), text);
  }

  async lines(): Promise<string[]> {
    const text = await readFile(join(this.folder, 'checks'), 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }

  async begun(id: string): Promise<number> {
    return (await this.lines()).filter((line) => line.startsWith(`begin ${id} `)).length;
  }

  /** Waits until the checks of a container have begun this many times more. */
  async moreChecks(id: string, count: number): Promise<void> {
    const before = await this.begun(id);
    await this.until(async () => (await this.begun(id)) >= before + count);
  }

  async until(condition: () => Promise<boolean>): Promise<void> {
    const met = await until(async () => ((await condition()) ? true : undefined), {
      every: 20,
      within: 120_000,
    });
    if (met === undefined) throw new Error(`it does not come true: ${condition.toString()}`);
  }

  /** What the service tells of itself; nothing yet while it starts. */
  async report(): Promise<Report> {
    const text = await readFile(join(this.folder, 'health.json'), 'utf8').catch(() => '{"watched":[]}');
    return JSON.parse(text) as Report;
  }

  async refused(): Promise<string> {
    return await readFile(join(this.folder, 'refused'), 'utf8').catch(() => '');
  }
}
