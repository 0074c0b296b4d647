/**
 * A Host is where commands run: this machine, a FreeBSD builder over SSH, a machine that we booted ourselves, or
 * nowhere at all (a dry run prints). Stages know only this interface.
 *
 * Every program is started from an argv array. There is no way to hand a Host a command as a string of shell.
 */

/** A program and its arguments. The first element is looked up in PATH when it holds no slash. */
export type Argv = readonly [program: string, ...args: string[]];

export interface RunOptions {
  /** Working directory, absolute. */
  readonly cwd?: string;
  /** Variables added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is closed afterwards. Without it standard input is /dev/null. */
  readonly input?: string | Uint8Array;
  /** Called for each complete line of standard output and standard error as it arrives. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Appends both streams to this file, which lies on the machine that podbsd runs on. */
  readonly logFile?: string;
  /** Exit codes that count as success; any other rejects with CommandError. Default: only 0. */
  readonly okCodes?: readonly number[];
  /**
   * Stops the program: SIGTERM once, to the program alone, and then it is waited for. Long-running programs such as
   * poudriere clean up on their first signal and ignore further ones.
   */
  readonly signal?: AbortSignal;
  /**
   * The program is long-running and must survive a lost connection: over SSH it is started detached, with its output
   * and exit status in this folder of the host, through which podbsd finds it again.
   */
  readonly outlives?: string;
  /** Milliseconds after which the program is killed and CommandError says so. */
  readonly timeoutMs?: number;
  /**
   * The command is read-only: it changes nothing. A dry run may really run it when the host is this machine; all other
   * commands are printed only.
   */
  readonly readOnly?: boolean;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FileInfo {
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Permission bits, e.g. 0o644. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

export interface WriteOptions {
  /** Permission bits of the file; default 0o644. */
  readonly mode?: number;
}

export interface TransferOptions {
  /** Bytes so far and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Host {
  /** How messages name this host: `this host`, `ssh://root@builder`. */
  readonly name: string;
  /** True when nothing is really done. Only src/host and src/pipeline ask; the architecture test watches. */
  readonly dryRun: boolean;
  /** False when the host cannot be asked: a plan for another system then continues with its assumptions. */
  readonly answers: boolean;

  /** Runs a program to its end. Rejects with CommandError on an exit code that is not ok. */
  run(argv: Argv, options?: RunOptions): Promise<RunResult>;

  /** The whole file as text (UTF-8); undefined when it does not exist. */
  readText(path: string): Promise<string | undefined>;
  /** Replaces a file atomically: written beside it, flushed, renamed. Parent directories are made. */
  writeFile(path: string, content: string | Uint8Array, options?: WriteOptions): Promise<void>;
  /** lstat; undefined when nothing is there. */
  stat(path: string): Promise<FileInfo | undefined>;
  /** Names in a directory, sorted; undefined when it does not exist. */
  list(path: string): Promise<string[] | undefined>;
  /** Makes a directory and its parents; no error when it exists. */
  mkdir(path: string, options?: WriteOptions): Promise<void>;
  /** Removes a file or a whole directory; no error when it is gone already. Never follows a symbolic link. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;

  /** Copies a file or directory tree from the machine podbsd runs on to this host. */
  upload(localPath: string, path: string, options?: TransferOptions): Promise<void>;
  /** Copies one file from this host to the machine podbsd runs on, holes kept where possible. */
  download(path: string, localPath: string, options?: TransferOptions): Promise<void>;

  /**
   * Work on podbsd's own machine that needs no program: bundling, downloading, writing an image. A dry run prints the
   * description instead (`download URL to FILE`) and answers undefined.
   */
  perform<T>(description: string, work: () => Promise<T>): Promise<T | undefined>;

  close(): Promise<void>;
}
