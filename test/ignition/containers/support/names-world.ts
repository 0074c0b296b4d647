import { chmod, mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../../../src/ground/assets.ts';
import { until } from '../../../../src/ground/until.ts';
import { debianPackagesUnavailable } from '../../../support/debian.ts';
import { findProgram, missing } from '../../../support/programs.ts';
import { quickjs } from '../../../support/quickjs.ts';
import { bundleForQuickjs } from './under-quickjs.ts';

/** Why there can be no network namespace with resolvers in it, or undefined when there can. */
export function namesUnavailable(): string | undefined {
  if (process.getuid?.() !== 0) return 'a network namespace needs root';
  return debianPackagesUnavailable() ?? missing('unshare', 'nsenter', 'ip', 'dnsmasq', 'dig', 'flock', 'ps');
}

const entry = `
import { dnsname } from './containers/names/program.ts';
import { reviveResolvers } from './containers/names/keeper.ts';
import { QuickjsInvocation } from './system/quickjs-invocation.ts';
import { QuickjsSystem } from './system/quickjs.ts';
const [, world, dnsmasq, flock, ...args] = scriptArgs;
const system = new QuickjsSystem();
const invocation = new QuickjsInvocation();
const places = {
  dnsmasq,
  resolvConf: world + '/resolv.conf',
  folder: world + '/run/dnsname',
  lock: (file, seconds) => [flock, '-w', String(seconds), file, '/bin/cat'],
  bootId: ['/bin/cat', world + '/boot-id'],
  pfctl: world + '/pfctl',
  addresses: (bridge) => [world + '/ifconfig', bridge, 'inet6'],
  log: (_, message) => system.append(world + '/log', message + '\\n'),
};
if (args[0] === 'revive') system.out(reviveResolvers(system, invocation, places).join('\\n'));
else system.exit(dnsname(system, invocation, args, places));
`;

export interface Recorded {
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: Record<string, unknown>;
}

export async function recorded(name: string): Promise<Recorded> {
  return JSON.parse(await readFile(join(packageRoot, `test/fixtures/cni/${name}.json`), 'utf8')) as Recorded;
}

/** A program that runs, and will have ended. */
interface Running extends PromiseLike<Ran> {
  readonly pid?: number;
  kill(signal: 'SIGTERM' | 'SIGKILL'): boolean;
}

export interface Ran {
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A network namespace with the gateway addresses of a guest, a resolver for the outside, and the plugin. */
export class NamesWorld {
  readonly folder: string;
  readonly #holder: Running;
  #upstream: Running | undefined;
  /** What the plugin starts as its resolver. */
  dnsmasq = findProgram('dnsmasq') ?? '';

  private constructor(folder: string, holder: Running) {
    this.folder = folder;
    this.#holder = holder;
  }

  static async create(folder: string): Promise<NamesWorld> {
    await mkdir(join(folder, 'run'));
    // dnsmasq gives up root's rights, as in the guest, where its folder is open to read.
    for (const path of [process.env['TMPDIR'] ?? folder, folder]) await chmod(path, 0o711);
    await writeFile(join(folder, 'resolv.conf'), 'nameserver 127.0.0.53\n');
    await writeFile(join(folder, 'boot-id'), 'first\n');
    await writeFile(join(folder, 'ifconfig'), '#!/bin/sh\n', { mode: 0o755 });
    await bundleForQuickjs(entry, join(folder, 'dnsname.js'));
    const holder = execa('unshare', ['--net', 'cat'], {
      stdin: 'pipe',

      reject: false,
      cwd: folder,
    });
    const world = new NamesWorld(folder, holder);
    await until(async () => ((await world.isApart()) ? true : undefined), { every: 20, within: 60_000 });
    await world.inside('ip', 'link', 'set', 'lo', 'up');
    for (const address of ['10.89.0.1/24', '10.77.0.1/24', '10.90.0.1/24', 'fd00:1::1/64'])
      await world.inside('ip', 'address', 'add', address, 'dev', 'lo');
    return world;
  }

  private async isApart(): Promise<boolean> {
    const net = async (pid: string): Promise<string> => await readlink(`/proc/${pid}/ns/net`);
    return (await net(String(this.#holder.pid))) !== (await net('self'));
  }

  inside(...argv: readonly string[]): Running {
    const enter = ['--target', String(this.#holder.pid), '--net', '--', ...argv];
    return execa('nsenter', enter, { reject: false, cwd: this.folder });
  }

  /** The resolver that the guest has from its network. */
  async startUpstream(): Promise<void> {
    const conf = join(this.folder, 'upstream.conf');
    const lines = ['listen-address=127.0.0.53', 'bind-interfaces', 'no-resolv', 'no-hosts', 'user=root'];
    await writeFile(conf, [...lines, 'address=/example.org/192.0.2.7', 'local=/podman/', ''].join('\n'));
    this.#upstream = this.inside(findProgram('dnsmasq') ?? '', '--keep-in-foreground', `--conf-file=${conf}`);
    await until(async () => ((await this.dig('127.0.0.53', 'example.org')).length > 0 ? true : undefined), {
      every: 50,
      within: 60_000,
    });
  }

  /** @param umask of whoever calls podman. */
  async plugin(
    { environment, stdin }: Recorded,
    more: Readonly<Record<string, string>> = {},
    umask = '022',
  ): Promise<Ran> {
    const variables = Object.entries({ ...environment, ...more }).map(([name, value]) => `${name}=${value}`);
    const program = [...(await quickjs()), '-m', join(this.folder, 'dnsname.js'), this.folder];
    const argv = [...program, this.dnsmasq, findProgram('flock') ?? ''];
    const masked = ['sh', '-c', 'umask "$0" && exec "$@"', umask, 'env', '-i', ...variables, ...argv];
    const enter = ['--target', String(this.#holder.pid), '--net', '--', ...masked];
    return await execa('nsenter', enter, { reject: false, cwd: this.folder, input: JSON.stringify(stdin) });
  }

  /** The program with arguments, as people and the health service call it. */
  async call(...args: readonly string[]): Promise<Ran> {
    const program = [...(await quickjs()), '-m', join(this.folder, 'dnsname.js'), this.folder];
    return await this.inside(...program, this.dnsmasq, findProgram('flock') ?? '', ...args);
  }

  /** The answers of a resolver, sorted. */
  async dig(server: string, name: string, type = 'A', ...more: readonly string[]): Promise<string[]> {
    const ask = [`@${server}`, '+short', '+tries=1', '+time=5', ...more];
    const { stdout, exitCode } = await this.inside(
      'dig',
      ...ask,
      ...(type === 'PTR' ? ['-x', name] : ['-q', name, '-t', type]),
    );
    if (exitCode !== 0) return [];
    return stdout
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(';'))
      .sort();
  }

  /** NOERROR, NXDOMAIN, ...; empty when nobody answers. */
  async status(server: string, name: string, type = 'A'): Promise<string> {
    const { stdout } = await this.inside('dig', `@${server}`, '+tries=1', '+time=5', name, type);
    return /status: ([A-Z]+)/.exec(stdout)?.[1] ?? '';
  }

  /** As a resolver library does: the next server is asked when one refuses. Answers what the first other one says. */
  async resolve(servers: readonly string[], name: string): Promise<readonly string[] | string> {
    for (const server of servers) {
      const status = await this.status(server, name);
      if (status === 'NOERROR') return await this.dig(server, name);
      if (status !== 'REFUSED') return status;
    }
    return 'REFUSED';
  }

  file(network: string, name: string): string {
    return join(this.folder, 'run/dnsname', network, name);
  }

  async text(network: string, name: string): Promise<string | undefined> {
    return await readFile(this.file(network, name), 'utf8').catch(() => undefined);
  }

  async pid(network: string): Promise<number | undefined> {
    const text = await this.text(network, 'pid');
    return text === undefined ? undefined : Number(text);
  }

  async isAlive(pid: number): Promise<boolean> {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return words.includes(this.folder);
  }

  /** Whether it has closed its sockets, too: one that ends loses its arguments before them, and becomes a zombie after. */
  private async hasEnded(pid: number): Promise<boolean> {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    return stat === '' || /\) [ZX] /.test(stat);
  }

  /** Kills the resolver of a network as a crash would. */
  async kill(network: string): Promise<number> {
    const pid = (await this.pid(network)) ?? 0;
    process.kill(pid, 'SIGKILL');
    await until(async () => ((await this.hasEnded(pid)) ? true : undefined), { every: 10, within: 60_000 });
    return pid;
  }

  async networks(): Promise<string[]> {
    const names = await readdir(join(this.folder, 'run/dnsname')).catch(() => []);
    return names.filter((name) => name !== '.locks');
  }

  async clear(): Promise<void> {
    for (const network of await this.networks()) {
      const pid = (await this.pid(network)) ?? 0;
      if (pid > 1 && (await this.isAlive(pid))) process.kill(pid, 'SIGKILL');
    }
    this.#upstream?.kill('SIGTERM');
    this.#holder.kill('SIGKILL');
    await Promise.all([this.#upstream, this.#holder]);
  }
}
