import { join } from 'node:path';
import { execa } from 'execa';
import { until } from '../../../src/ground/until.ts';
import { debianPackages, debianPackagesUnavailable } from '../../support/debian.ts';
import { missing } from '../../support/programs.ts';
import { quickjsPackages } from '../../support/quickjs.ts';
import { trixiePackages } from '../../support/trixie.ts';
import { furnish, image, type EngineKind } from './furnish.ts';

/** Why no engine can run here, or undefined when one can. */
export function engineUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'containers in namespaces of the test need root';
  return debianPackagesUnavailable() ?? missing('unshare', 'nsenter', 'mount', 'busybox', 'tar');
}

const common = ['podman', 'crun', 'conmon', 'iproute2', 'procps', 'util-linux', 'iptables'];
const tools = ['busybox-static', 'coreutils', 'dash', 'grep', 'libc-bin', 'mount', 'sed'];

/** Stays until its input ends. */
interface Holder extends PromiseLike<unknown> {
  readonly stdin: { end(): unknown };
  kill(signal: 'SIGKILL'): boolean;
}

export interface Ended {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/**
 * A real podman with podbsd's plugin and services beside it, in namespaces of its own: containers of busybox run there,
 * and nothing of it is left when it is removed. systemd's timers, which run health checks on Linux, are switched off.
 */
export class Engine {
  readonly #holder: Holder;
  readonly #pid: number;

  private constructor(holder: Holder, pid: number) {
    this.#holder = holder;
    this.#pid = pid;
  }

  static async start(kind: EngineKind, folder: string): Promise<Engine> {
    const names = [...common, ...tools, ...kind.packages];
    const tree = await debianPackages(kind.suite, names, { withDependencies: true });
    await furnish(join(folder, 'parts'), kind);
    const namespaces = ['--mount', '--propagation', 'private', '--net', '--pid', '--fork', '--kill-child'];
    const enter = [
      join(import.meta.dirname, 'enter.sh'),
      tree,
      folder,
      await trixiePackages(quickjsPackages),
    ];
    const holder = execa('unshare', [...namespaces, '--', '/bin/sh', ...enter], {
      stdin: 'pipe',
      reject: false,
      buffer: false,
      cwd: '/',
    });
    let said = '';
    holder.stdout.on('data', (text) => (said += String(text)));
    holder.stderr.on('data', (text) => (said += String(text)));
    const ready = async (): Promise<number | undefined> => {
      if (holder.exitCode !== null || !said.includes('ready\n')) return undefined;
      const children = await execa('cat', [`/proc/${holder.pid}/task/${holder.pid}/children`]);
      return Number(children.stdout.trim());
    };
    const ended = holder.then(() => undefined);
    const pid = await Promise.race([until(ready, { every: 20, within: 120_000 }), ended]);
    if (pid === undefined) throw new Error(`the engine's namespaces were not made: ${said}`);
    const engine = new Engine(holder, pid);
    try {
      await engine.podman('import', '--quiet', '/image.tar', image);
      return engine;
    } catch (error) {
      await engine.remove();
      throw error;
    }
  }

  /** Runs a program inside, and accepts any exit code. */
  async attempt(...argv: readonly string[]): Promise<Ended> {
    const target = ['--target', String(this.#pid), '--mount', '--net', '--pid', '--'];
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    const clean = ['env', '-i', 'HOME=/root', 'TERM=dumb', 'DISABLE_HC_SYSTEMD=true', path];
    const options = { reject: false, stdin: 'ignore', cwd: '/' } as const;
    const { exitCode, stdout, stderr } = await execa('nsenter', [...target, ...clean, ...argv], options);
    return { code: exitCode, out: stdout, err: stderr };
  }

  /** Starts a service, as daemon(8) does in the guest. */
  async daemon(...argv: readonly string[]): Promise<void> {
    const { code, err } = await this.attempt(
      'sh',
      '-c',
      'setsid "$@" </dev/null >/dev/null 2>&1 &',
      'sh',
      ...argv,
    );
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${err}`);
  }

  /** @throws when it fails. Answers standard output. */
  async podman(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await this.attempt('podman', ...args);
    if (code !== 0) throw new Error(`podman ${args.join(' ')}: ${err}`);
    return out;
  }

  /** Waits until there is a file of this name inside. */
  async exists(path: string): Promise<void> {
    const look = async (): Promise<true | undefined> =>
      (await this.attempt('test', '-e', path)).code === 0 ? true : undefined;
    if ((await until(look, { every: 100, within: 120_000 })) === undefined)
      throw new Error(`no ${path} was made`);
  }

  async text(path: string): Promise<string> {
    return (await this.attempt('cat', path)).out;
  }

  /** A container that stays. */
  async sleeper(name: string, ...options: readonly string[]): Promise<string> {
    return await this.podman('run', '--detach', '--name', name, ...options, image, '/bin/sleep', '3600');
  }

  /** Waits until podman's answer is the one that is wanted. */
  async eventually(wanted: string, ...args: readonly string[]): Promise<void> {
    let last = '';
    const look = async (): Promise<true | undefined> => {
      const { out, err } = await this.attempt('podman', ...args);
      last = out || err;
      return out === wanted ? true : undefined;
    };
    const met = await until(look, { every: 200, within: 120_000 });
    if (met === undefined) throw new Error(`podman ${args.join(' ')}: ${last} instead of ${wanted}`);
  }

  /** Every process in its namespaces ends with it. */
  async remove(): Promise<void> {
    this.#holder.stdin.end();
    this.#holder.kill('SIGKILL');
    await this.#holder;
  }
}
