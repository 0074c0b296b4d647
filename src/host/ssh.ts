import { rename, rm } from 'node:fs/promises';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Argv, FileInfo, RunOptions, RunResult, TransferOptions, WriteOptions } from './host.ts';
import { again, isLost, isLostBefore } from './ssh/again.ts';
import { fetchRest, partialOf } from './ssh/download.ts';
import { exec } from './ssh/exec.ts';
import { forwardUnix, type Forward } from './ssh/forward.ts';
import { runLasting, type LastingHost } from './ssh/lasting.ts';
import { SshLink } from './ssh/link.ts';
import { remoteSha256 } from './ssh/remote-sha256.ts';
import type { SshSettings } from './ssh/settings.ts';
import { interactiveShell, type ShellTerminal } from './ssh/shell.ts';
import { uploadTree } from './ssh/upload.ts';
import { formatSshUrl } from './ssh/url.ts';

/**
 * A machine over SSH. Long-running programs survive a lost connection: podbsd reconnects to them, and transfers resume
 * where they stopped. A lost connection fails any other running command (its result is lost, and only the pipeline
 * knows how to resume); the next call reconnects.
 */
export class SshHost implements LastingHost {
  readonly name: string;
  readonly dryRun = false;
  readonly answers = true;
  readonly #settings: SshSettings;
  readonly #link: SshLink;

  private constructor(settings: SshSettings) {
    this.#settings = settings;
    this.#link = new SshLink(settings);
    this.name = formatSshUrl(settings);
  }

  /** Connects at once, so that a wrong address, key or host key is reported before any work begins. */
  static async connect(settings: SshSettings): Promise<SshHost> {
    const host = new SshHost(settings);
    await host.#link.connection();
    return host;
  }

  async run(argv: Argv, given: RunOptions = {}): Promise<RunResult> {
    const options = { ...given, env: { ...this.#settings.env, ...given.env } };
    const { outlives, input, ...others } = options;
    if (outlives !== undefined && input === undefined) return await runLasting(this, argv, outlives, others);
    const once = async (): Promise<RunResult> =>
      await exec(await this.#link.connection(), this.#settings, argv, options);
    return await again(once, options.readOnly === true ? isLost : isLostBefore);
  }

  async readText(path: string): Promise<string | undefined> {
    return await this.#link.files(`reading ${path}`, (sftp) => sftp.readText(path));
  }

  async writeFile(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    const bytes = Buffer.from(content);
    await this.#link.files(`writing ${path}`, (sftp) =>
      sftp.replace(path, options.mode ?? 0o644, (handle) => sftp.write(handle, bytes, 0)),
    );
  }

  async readFrom(path: string, position: number): Promise<Buffer> {
    return await this.#link.files(`reading ${path}`, (sftp) => sftp.readFrom(path, position));
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    return await this.#link.files(`looking at ${path}`, (sftp) => sftp.lstat(path));
  }

  async list(path: string): Promise<string[] | undefined> {
    return await this.#link.files(`listing ${path}`, (sftp) => sftp.list(path));
  }

  async mkdir(path: string, options: WriteOptions = {}): Promise<void> {
    await this.#link.files(`making ${path}`, (sftp) => sftp.mkdir(path, options.mode));
  }

  async remove(path: string): Promise<void> {
    // SFTP would need a round trip for each file.
    await this.run(['rm', '-rf', '--', path]);
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#link.files(`renaming ${from}`, (sftp) => sftp.rename(from, to));
  }

  async upload(localPath: string, path: string, options: TransferOptions = {}): Promise<void> {
    await this.#link.files(`copying ${localPath} to ${this.name}`, (sftp) =>
      uploadTree(sftp, localPath, path, options),
    );
  }

  /** The copy replaces `localPath` only when its SHA-256 is the one that the server computes. */
  async download(path: string, localPath: string, options: TransferOptions = {}): Promise<void> {
    const doing = `copying ${path} from ${this.name}`;
    const partial = partialOf(localPath);
    const received = await this.#link.files(doing, async (sftp) => {
      const info = await sftp.lstat(path);
      if (info?.type !== 'file') {
        const problem = info === undefined ? 'there is no such file' : `it is a ${info.type}, not a file`;
        throw new PodbsdError({ doing, problem, exitCode: ExitCode.data });
      }
      return await fetchRest(sftp, { path, info }, partial, options);
    });
    if (received !== (await remoteSha256(this, path, options.signal))) {
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
    return await forwardUnix(() => this.#link.connection(), localPath, remotePath);
  }

  async perform<T>(_description: string, work: () => Promise<T>): Promise<T> {
    return await work();
  }

  /** A login shell in the user's terminal; returns its exit code. */
  async shell(terminal: ShellTerminal): Promise<number> {
    return await interactiveShell(await this.#link.connection(), terminal);
  }

  async close(): Promise<void> {
    await this.#link.close();
  }
}
