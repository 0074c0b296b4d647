import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/ground/assets.ts';
import { replaceFile } from '../../src/ground/replace-file.ts';
import { tempDir } from './temp-dir.ts';
import { bundledProgram } from './bundled-program.ts';
import { eventually } from './eventually.ts';

const doubles = join(packageRoot, 'test/doubles/poudriere/bin');

/** What the ports tree of the pretended FreeBSD holds: version, further ports it needs, files it installs. */
const ports: Readonly<Record<string, { version: string; needs?: string; files?: string }>> = {
  'ports-mgmt/pkg': { version: '2.4.2' },
  'sysutils/podman': { version: '5.7.1', needs: 'sysutils/conmon', files: 'usr/local/bin/podman' },
  'sysutils/ocijail': { version: '0.6.0' },
  'sysutils/conmon': { version: '2.1.13' },
  'net/containernetworking-plugins': { version: '0.6' },
  'sysutils/catatonit': { version: '0.1.7' },
  'dns/dnsmasq': { version: '2.91' },
  'shells/bash': { version: '5.3.9' },
  'security/sudo': { version: '1.9.17' },
  'security/ca_root_nss': { version: '3.119' },
  'lang/quickjs': { version: '2025.04.26' },
  'editors/vim': { version: '9.1', needs: 'lang/go' },
  'lang/go': { version: '1.25' },
};

/** What p9fs adds to a source tree. */
export const p9fsTree: Readonly<Record<string, string>> = {
  'sys/fs/p9fs/p9fs_vfsops.c': '/* p9fs */\n',
  'sys/dev/virtio/p9fs/virtio_p9fs.c': '/* virtio_p9fs */\n',
  'sys/modules/virtio/p9fs/Makefile': 'KMOD= virtio_p9fs\n',
};

function startProgram(program: string, args: readonly string[], cwd: string, env: Record<string, string>) {
  return execa('node', [program, ...args], { cwd, env, reject: false });
}

/** A setting as the quick doubles read it: a word, or several. Of all others they learn that there is one. */
function forShell(value: unknown): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  return /^[\w. -]*$/.test(text) ? `'${text}'` : 'json';
}

/** A pretended FreeBSD build host on this machine: doubles in PATH, real git repositories, a build directory. */
export class Builder {
  readonly folder: string;
  readonly directory: string;
  /** Environment of the command line when it is not the build host's. */
  localEnv: Record<string, string> | undefined;

  constructor(folder: string) {
    this.folder = folder;
    this.directory = join(folder, 'build');
  }

  static async make(
    config = '',
    settings: Readonly<Record<string, unknown>> = {},
    withPorts = true,
  ): Promise<Builder> {
    const builder = new Builder(await tempDir());
    await builder.set(settings);
    if (withPorts) await builder.repository('ports', portsTree());
    await builder.configure(config);
    return builder;
  }

  /** A FreeBSD source tree, with or without p9fs, as a repository `src`; [build] names it. */
  async useSource(withP9fs: boolean, more = ''): Promise<string> {
    const commit = await this.repository('src', {
      Makefile: 'buildworld buildkernel:\n',
      'sys/sys/param.h': '#define __FreeBSD_version 1500068\n',
      ...(withP9fs ? p9fsTree : {}),
    });
    await this.configure(
      `base = "source"\n[build.source]\nurl = "file://${join(this.folder, 'src')}"\nbranch = "main"\n${more}`,
    );
    return commit;
  }

  get machine(): string {
    return join(this.folder, 'machine');
  }

  get env(): Record<string, string> {
    return {
      PATH: `${doubles}:${process.env['PATH'] ?? ''}`,
      PODBSD_DOUBLE: this.machine,
      NO_COLOR: '1',
      // What podbsd keeps for the user who runs the tests is none of theirs.
      HOME: this.folder,
      XDG_CACHE_HOME: join(this.folder, 'cache'),
      XDG_DATA_HOME: join(this.folder, 'data'),
    };
  }

  /** podbsd.toml with what every test needs, and `more` at the end; keys before the first table go to [build]. */
  async configure(more = ''): Promise<void> {
    await this.write(
      'work/podbsd.toml',
      `[download]
# Nobody listens there: the release is the one below, and no test asks FreeBSD's servers.
mirrors = ["http://127.0.0.1:9/pub/FreeBSD"]
updates = "http://127.0.0.1:9"
[export]
formats = ["qcow2", "raw"]
[build.ports]
url = "file://${join(this.folder, 'ports')}"
branch = "main"
[build]
recipe = "poudriere"
${/^release *=/m.test(more) ? '' : 'release = "15.1-RELEASE"\n'}directory = "${this.directory}"
size = "64m"
${more}`,
    );
  }

  /** What the doubles pretend: versions, pools, faults. They read it while it is changed. */
  async set(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await replaceFile(join(this.machine, 'settings.json'), JSON.stringify(settings));
    await replaceFile(
      join(this.machine, 'settings.sh'),
      Object.entries(settings)
        .map(([name, value]) => `${name}=${forShell(value)}\n`)
        .join(''),
    );
  }

  /** A real git repository with one commit of these files. Returns its commit. */
  async repository(name: string, files: Readonly<Record<string, string>>): Promise<string> {
    for (const [path, content] of Object.entries(files)) await this.write(join(name, path), content);
    const git = async (...args: string[]): Promise<string> =>
      (
        await execa('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], {
          cwd: join(this.folder, name),
        })
      ).stdout;
    if (!existsSync(join(this.folder, name, '.git'))) await git('init', '-q', '-b', 'main');
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '-m', 'change');
    return await git('rev-parse', 'HEAD');
  }

  async write(path: string, content: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), content);
  }

  /** Starts the real command line in the folder of podbsd.toml. */
  async start(...args: string[]): Promise<{ readonly process: ReturnType<typeof startProgram> }> {
    const program = await bundledProgram();
    return { process: startProgram(program, args, join(this.folder, 'work'), this.localEnv ?? this.env) };
  }

  /** Runs the command line to its end and keeps what it printed in the error message of a failed expectation. */
  async run(...args: string[]): Promise<{ exitCode: number | undefined; stdout: string; stderr: string }> {
    const { process: started } = await this.start(...args);
    const { exitCode, stdout, stderr } = await started;
    return { exitCode, stdout, stderr };
  }

  /** Runs the command line, which must succeed; the error shows what it printed. */
  async succeed(...args: string[]): Promise<{ stdout: string; stderr: string }> {
    const { exitCode, stdout, stderr } = await this.run(...args);
    if (exitCode !== 0)
      throw new Error(`podbsd ${args.join(' ')} ended with ${exitCode}:\n${stdout}\n${stderr}`);
    return { stdout, stderr };
  }

  /** The commands that the doubles were called with since the last call of this function. */
  async commands(): Promise<readonly (readonly string[])[]> {
    const log = join(this.machine, 'commands.log');
    const text = existsSync(log) ? await readFile(log, 'utf8') : '';
    await rm(log, { force: true });
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as string[]);
  }

  /** Waits until a double has come to the place where a fault was set; a command line that ends before is an error. */
  async reached(point: string, running?: ReturnType<typeof startProgram>): Promise<void> {
    let ended: string | undefined;
    void running?.then(({ exitCode, stderr }) => (ended = `exit code ${exitCode ?? 'none'}\n${stderr}`));
    await eventually(() => {
      if (existsSync(join(this.machine, 'reached', point)) || ended !== undefined) return;
      throw new Error(`${point} is not reached yet, and podbsd still runs`);
    });
    if (!existsSync(join(this.machine, 'reached', point)))
      throw new Error(`${point} was never reached: ${ended ?? ''}`);
  }

  async readState(name: string): Promise<unknown> {
    const file = join(this.machine, 'state', `${name}.json`);
    return existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
  }

  async appendTo(path: string, text: string): Promise<void> {
    await appendFile(join(this.folder, path), text);
  }
}

function portsTree(): Record<string, string> {
  const makefiles = Object.entries(ports).map(([origin, { version, needs, files }]) => [
    `${origin}/Makefile`,
    [
      `PORTNAME=\t${origin.split('/')[1] ?? ''}`,
      `DISTVERSION=\t${version}`,
      `RUN_DEPENDS=\t${needs === undefined ? '' : `thing:${needs}`}`,
      `TEST_FILES=\t${files ?? 'usr/local/share/nothing'}`,
      '',
    ].join('\n'),
  ]);
  return { 'Mk/bsd.port.mk': '', ...(Object.fromEntries(makefiles) as Record<string, string>) };
}
