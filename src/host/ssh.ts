import { rename, rm } from 'node:fs/promises';
import type { Client, SFTPWrapper } from 'ssh2';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { failedBy } from './command-error.ts';
import type { Argv, FileInfo, RunOptions, RunResult, TransferOptions, WriteOptions } from './host.ts';
import { again, isLost, isLostBefore, isNetworkError } from './ssh/again.ts';
import { ConnectionLostError, openConnection } from './ssh/connection.ts';
import { fetchRest, partialOf } from './ssh/download.ts';
import { exec } from './ssh/exec.ts';
import { forwardUnix, type Forward } from './ssh/forward.ts';
import { runLasting, type LastingHost } from './ssh/lasting.ts';
import type { SshSettings } from './ssh/settings.ts';
import { Sftp } from './ssh/sftp.ts';
import { interactiveShell, type ShellTerminal } from './ssh/shell.ts';
import { uploadTree } from './ssh/upload.ts';
import { formatSshUrl } from './ssh/url.ts';

/**
 * A machine across SSH. Programs that outlive their connection are come back to, and transfers go on where they
 * stopped. A connection that breaks fails any other command that was running (its result is lost, and only the
 * pipeline knows how to resume); the next call connects anew.
 */
export class SshHost implements LastingHost {
  readonly name: string;
  readonly dryRun = false;
  readonly answers = true;
  readonly #settings: SshSettings;
  #client: Promise<Client> | undefined;
  #sftp: Promise<Sftp> | undefined;
  #wasOpen = false;

  private constructor(settings: SshSettings) {
    this.#settings = settings;
    this.name = formatSshUrl(settings);
  }

  /** Connects at once, so that a wrong address, key or host key is reported before any work begins. */
  static async connect(settings: SshSettings): Promise<SshHost> {
    const host = new SshHost(settings);
    await host.#connection();
    return host;
  }

  async run(argv: Argv, given: RunOptions = {}): Promise<RunResult> {
    const options = { ...given, env: { ...this.#settings.env, ...given.env } };
    const { outlives, input, ...others } = options;
    if (outlives !== undefined && input === undefined) return await runLasting(this, argv, outlives, others);
    const once = async (): Promise<RunResult> =>
      await exec(await this.#connection(), this.#settings, argv, options);
    return await again(once, options.readOnly === true ? isLost : isLostBefore);
  }

  async readText(path: string): Promise<string | undefined> {
    return await this.#files(`reading ${path}`, (sftp) => sftp.readText(path));
  }

  async writeFile(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    const bytes = Buffer.from(content);
    await this.#files(`writing ${path}`, (sftp) =>
      sftp.replace(path, options.mode ?? 0o644, (handle) => sftp.write(handle, bytes, 0)),
    );
  }

  async readFrom(path: string, position: number): Promise<Buffer> {
    return await this.#files(`reading ${path}`, (sftp) => sftp.readFrom(path, position));
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    return await this.#files(`looking at ${path}`, (sftp) => sftp.lstat(path));
  }

  async list(path: string): Promise<string[] | undefined> {
    return await this.#files(`listing ${path}`, (sftp) => sftp.list(path));
  }

  async mkdir(path: string, options: WriteOptions = {}): Promise<void> {
    await this.#files(`making ${path}`, (sftp) => sftp.mkdir(path, options.mode));
  }

  async remove(path: string): Promise<void> {
    // SFTP would need a round trip for each file.
    await this.run(['rm', '-rf', '--', path]);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#files(`renaming ${from}`, (sftp) => sftp.rename(from, to));
  }

  async upload(localPath: string, path: string, options: TransferOptions = {}): Promise<void> {
    await this.#files(`copying ${localPath} to ${this.name}`, (sftp) =>
      uploadTree(sftp, localPath, path, options),
    );
  }

  /** The copy replaces `localPath` only when its SHA-256 is the one that the server computes. */
  async download(path: string, localPath: string, options: TransferOptions = {}): Promise<void> {
    const doing = `copying ${path} from ${this.name}`;
    const partial = partialOf(localPath);
    const received = await this.#files(doing, async (sftp) => {
      const info = await sftp.lstat(path);
      if (info?.type !== 'file') {
        const problem = info === undefined ? 'there is no such file' : `it is a ${info.type}, not a file`;
        throw new PodbsdError({ doing, problem, exitCode: ExitCode.data });
      }
      return await fetchRest(sftp, { path, info }, partial, options);
    });
    if (received !== (await this.#sha256(path, options.signal))) {
      await Promise.all([rm(partial.path, { force: true }), rm(partial.identityPath, { force: true })]);
      throw new PodbsdError({
        doing,
        problem:
          'the copy differs from the original (SHA-256): the file was changed meanwhile, or the copy is damaged',
        remedy: 'run the same command again; the damaged copy has been removed',
        exitCode: ExitCode.untrusted,
      });
    }
    await rename(partial.path, localPath);
    await rm(partial.identityPath, { force: true });
  }

  /** Makes a Unix socket of the server reachable at a local path until the forward is closed. */
  async forwardUnix(localPath: string, remotePath: string): Promise<Forward> {
    return await forwardUnix(() => this.#connection(), localPath, remotePath);
  }

  async perform<T>(_description: string, work: () => Promise<T>): Promise<T> {
    return await work();
  }

  /** A login shell in the user's terminal; returns its exit code. */
  async shell(terminal: ShellTerminal): Promise<number> {
    return await interactiveShell(await this.#connection(), terminal);
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    if (client === undefined) return;
    await new Promise<void>((resolve) => {
      client.once('close', () => resolve());
      client.end();
    });
  }

  /** The open connection, or a new one when there is none or the last one broke. */
  async #connection(): Promise<Client> {
    if (this.#client === undefined) {
      const opening = this.#wasOpen
        ? again(() => openConnection(this.#settings), isNetworkError)
        : openConnection(this.#settings);
      const forget = (): void => {
        if (this.#client !== opening) return;
        this.#client = undefined;
        this.#sftp = undefined;
      };
      this.#client = opening;
      opening.then((client) => {
        this.#wasOpen = true;
        // 'end' comes first: the server has hung up, and ssh2 sends nothing more.
        client.once('end', forget).once('close', forget);
      }, forget);
    }
    return await this.#client;
  }

  /** Does something with files; begun anew when the connection breaks, since all of it may be repeated. */
  async #files<T>(doing: string, work: (sftp: Sftp) => Promise<T>): Promise<T> {
    return await again(async () => {
      const client = await this.#connection();
      return await work(await (this.#sftp ??= this.#openSftp(client, doing)));
    }, isLost);
  }

  async #openSftp(client: Client, doing: string): Promise<Sftp> {
    const lost = new ConnectionLostError(this.#settings, doing);
    const raw = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.once('close', () => reject(lost));
      client.sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    const sftp = new Sftp(raw, this.name);
    const abandon = (): void => {
      this.#sftp = undefined;
      sftp.abandon(lost);
    };
    raw.on('error', () => undefined);
    raw.once('close', abandon);
    client.once('close', abandon);
    return sftp;
  }

  /** FreeBSD's base system has sha256(1), and since 14.0 sha256sum(1) as well; Linux has the second only. */
  async #sha256(path: string, signal: AbortSignal | undefined): Promise<string> {
    const options: RunOptions = { readOnly: true, ...(signal === undefined ? {} : { signal }) };
    try {
      return (await this.run(['sha256', '-q', path], options)).stdout.trim();
    } catch (error) {
      if (!failedBy(error, 'no-program')) throw error;
      // With a backslash in the name sha256sum prints one in front of the sum.
      return (await this.run(['sha256sum', path], options)).stdout.replace(/^\\/, '').slice(0, 64);
    }
  }
}
