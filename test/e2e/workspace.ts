import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/ground/assets.ts';
import { findAccelerator } from '../../src/vm/accelerator.ts';
import { ownLoaderArgv } from '../support/own-loader.ts';
import { clientTree, gvproxy, type PodmanClient } from './clients.ts';

/** Milliseconds for one podman command; a start under emulation is the longest. */
const COMMAND_TIMEOUT = 480_000;

export interface Outcome {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** A home of its own for a podman client, which runs there as an unprivileged user. */
export class Workspace {
  readonly folder: string;
  readonly home: string;
  readonly runtime: string;
  readonly uid: number;
  readonly #client: PodmanClient;
  readonly #account: string | undefined;
  readonly #accelerator: string;
  readonly #proxy: string | undefined;

  private constructor(
    client: PodmanClient,
    folder: string,
    user: { uid: number; account?: string },
    accelerator: string,
    proxy: string | undefined,
  ) {
    this.#proxy = proxy;
    this.#client = client;
    this.folder = folder;
    this.home = join(folder, 'home');
    this.runtime = join(folder, 'run');
    this.uid = user.uid;
    this.#account = user.account;
    this.#accelerator = accelerator;
  }

  /** @param proxy is in the user's environment when podman runs. */
  static async create(client: PodmanClient, proxy?: string): Promise<Workspace> {
    const ownUid = process.getuid?.() ?? 0;
    // Below /home, as users' folders are: podman 6.1 gives those another name in the guest.
    const folder = await mkdtemp(join(ownUid === 0 ? '/home' : tmpdir(), 'pe2e-'));
    await chmod(folder, 0o755);
    const user = ownUid === 0 ? await makeAccount(join(folder, 'home')) : { uid: ownUid };
    const accelerator = await findAccelerator('amd64');
    const workspace = new Workspace(client, folder, user, accelerator, proxy);
    try {
      await workspace.#furnish();
      return workspace;
    } catch (error) {
      await workspace.remove();
      throw error;
    }
  }

  /** Runs podman as the user. */
  async podman(...args: readonly string[]): Promise<Outcome> {
    const [loader, ...prefix] = ownLoaderArgv(join(this.folder, 'podman'), 'usr/bin/podman');
    return await this.run(loader, ...prefix, ...args);
  }

  /** The same, given up after so many seconds: ssh waits for ever for a guest that has gone down under it. */
  async podmanWithin(seconds: number, ...args: readonly string[]): Promise<Outcome> {
    const [loader, ...prefix] = ownLoaderArgv(join(this.folder, 'podman'), 'usr/bin/podman');
    return await this.run('timeout', '--kill-after=1', String(seconds), loader, ...prefix, ...args);
  }

  /** Runs any program as the user. */
  async run(...argv: readonly string[]): Promise<Outcome> {
    const id = String(this.uid);
    const drop = ['setpriv', '--reuid', id, '--regid', id, '--clear-groups', '--'];
    const [program = '', ...args] = this.#account === undefined ? argv : [...drop, ...argv];
    const result = await execa(program, args, {
      env: this.#environment(),
      extendEnv: false,
      cwd: this.home,
      stdin: 'ignore',
      reject: false,
      timeout: COMMAND_TIMEOUT,
    });
    return { code: result.exitCode, out: result.stdout, err: result.stderr };
  }

  /** A folder of the user's that a machine may share. */
  async sharedFolder(name: string): Promise<string> {
    const path = join(this.home, name);
    await mkdir(path);
    await this.#own(path);
    return path;
  }

  /** What the guest has printed, as far as a wrapper has recorded it. */
  async console(): Promise<string> {
    const podbsd = join(this.home, '.local/share/podbsd');
    const names = await readdir(podbsd, { recursive: true }).catch(() => []);
    const logs = names.filter((name) => name.endsWith('.log')).map((name) => join(podbsd, name));
    const texts = [join(this.folder, 'console.log'), ...logs].map((path) =>
      readFile(path, 'utf8').catch(() => ''),
    );
    return (await Promise.all(texts)).join('\n');
  }

  /** Processes of this workspace that still run: QEMU and gvproxy, known by the files that they were given. */
  async leftovers(): Promise<number[]> {
    const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const found = numbers.map(async (name) => {
      const words = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      return words.includes(this.folder) && Number(name) !== process.pid ? Number(name) : undefined;
    });
    return (await Promise.all(found)).filter((pid) => pid !== undefined);
  }

  async remove(): Promise<void> {
    for (const pid of await this.leftovers()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself meanwhile.
      }
    }
    await rm(this.folder, { recursive: true, force: true });
    if (this.#account !== undefined) await execa('userdel', [this.#account], { reject: false });
  }

  #environment(): Record<string, string> {
    return {
      HOME: this.home,
      XDG_RUNTIME_DIR: this.runtime,
      TMPDIR: join(this.folder, 'tmp'),
      PATH: `${join(this.folder, 'bin')}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
      ...(this.#client.needsSetup ? {} : { CONTAINERS_HELPER_BINARY_DIR: join(this.folder, 'helpers') }),
      ...(this.#proxy === undefined ? {} : { https_proxy: this.#proxy, HTTPS_PROXY: this.#proxy }),
      PODBSD_E2E_ACCELERATOR: this.#accelerator,
      PODBSD_E2E_CONSOLE: join(this.folder, 'console.log'),
    };
  }

  async #furnish(): Promise<void> {
    for (const name of ['home/.config/containers', 'run', 'tmp', 'bin', 'helpers'])
      await mkdir(join(this.folder, name), { recursive: true });
    await chmod(this.runtime, 0o700);
    // podman 5 asks for one even for a local file.
    const policy = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] });
    await writeFile(join(this.home, '.config/containers/policy.json'), policy);
    // Copied: the cache may lie where the unprivileged user cannot look.
    const tree = join(this.folder, 'podman');
    await copyTree(await clientTree(this.#client), tree);
    await cp(await gvproxy(this.#client.gvproxyFrom), join(this.folder, 'helpers/gvproxy'));
    await cp(join(this.folder, 'helpers/gvproxy'), join(this.folder, 'bin/gvproxy'));
    await cp(join(packageRoot, 'test/e2e/qemu-wrapper'), join(this.folder, 'helpers/qemu-system-x86_64'));
    await writeFile(join(this.folder, 'console.log'), '');
    await this.#launcher('bin/podman', 'usr/bin/podman');
    await this.#launcher('bin/qemu-img', 'usr/bin/qemu-img');
    await this.#launcher('bin/qemu-system-x86_64', 'usr/bin/qemu-system-x86_64', [
      ...['qemu', 'seabios', '../lib/ipxe/qemu'].flatMap((name) => ['-L', join(tree, 'usr/share', name)]),
    ]);
    await this.#launcher('helpers/virtiofsd', 'usr/libexec/virtiofsd');
    for (const name of ['home', 'run', 'tmp', 'bin', 'helpers', 'console.log'])
      await this.#own(join(this.folder, name));
  }

  /** A program of the client's Debian release under a path of its own; none where the release's tree lacks it. */
  async #launcher(path: string, program: string, first: readonly string[] = []): Promise<void> {
    const tree = join(this.folder, 'podman');
    if (!existsSync(join(tree, program))) return;
    const modules = join(tree, 'usr/lib/x86_64-linux-gnu/qemu');
    const text = [
      '#!/bin/sh',
      // QEMU looks for its modules beside the program, which is the loader here.
      `QEMU_MODULE_DIR=${modules} exec ${[...ownLoaderArgv(tree, program), ...first].join(' ')} "$@"`,
      '',
    ].join('\n');
    await writeFile(join(this.folder, path), text, { mode: 0o755 });
  }

  async #own(path: string): Promise<void> {
    if (this.#account !== undefined) await execa('chown', ['-R', `${this.uid}:${this.uid}`, path]);
  }
}

/** Where the unprivileged user can look, as the cache may not be; hard links where that is possible. */
async function copyTree(from: string, to: string): Promise<void> {
  const linked = await execa('cp', ['-al', from, to], { reject: false });
  if (linked.exitCode !== 0) {
    await rm(to, { recursive: true, force: true });
    await execa('cp', ['-a', from, to]);
  }
  await chmod(to, 0o755);
}

/** podman refuses machines of root, so root tests as somebody else. */
async function makeAccount(home: string): Promise<{ uid: number; account: string }> {
  const account = `podbsd-e2e-${process.pid}`;
  await execa('useradd', [
    '--no-create-home',
    '--home-dir',
    home,
    '--shell',
    '/bin/sh',
    '--user-group',
    account,
  ]);
  const { stdout } = await execa('id', ['-u', account]);
  return { uid: Number(stdout), account };
}
