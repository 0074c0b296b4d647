import { decodeUtf8 } from '../utf8.ts';
import { engineModule } from './engine-module.ts';
import {
  Errno,
  SystemError,
  type Argv,
  type Content,
  type FileStat,
  type FileType,
  type FilterResult,
  type RunResult,
  type System,
} from './system.ts';

type FILE = import('std').FILE;

const os: typeof import('os') = await engineModule('os');
const std: typeof import('std') = await engineModule('std');

/** What programs see of the environment: nothing of whoever started the agent, and never the shims in PATH. */
const environment = {
  PATH: '/sbin:/bin:/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin',
  HOME: '/root',
  LC_ALL: 'C',
} as const;

/** The guest itself, through QuickJS's modules. */
export class QuickjsSystem implements System {
  /** QuickJS calls every system linux that it does not know, FreeBSD among them. */
  readonly platform = os.lstat('/bin/freebsd-version')[1] === 0 ? 'freebsd' : os.platform;

  lstat(path: string): FileStat | undefined {
    const [stat, errno] = os.lstat(plain(path));
    if (errno === Errno.ENOENT || errno === Errno.ENOTDIR) return undefined;
    if (errno !== 0) throw failure('look at', path, errno);
    return {
      type: typeOf(stat.mode),
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
      size: stat.size,
    };
  }

  readBytes(path: string): Uint8Array | undefined {
    const fd = os.open(plain(path), os.O_RDONLY);
    if (fd === -Errno.ENOENT || fd === -Errno.ENOTDIR) return undefined;
    if (fd < 0) throw failure('read', path, -fd);
    try {
      return readAll(fd, path);
    } finally {
      os.close(fd);
    }
  }

  readText(path: string): string | undefined {
    // The engine decodes megabytes in a moment; what it cannot load is looked at the slow way, which says why.
    const text = std.loadFile(plain(path));
    if (text !== null) return text;
    const bytes = this.readBytes(path);
    return bytes === undefined ? undefined : decodeUtf8(bytes);
  }

  readLink(path: string): string {
    const [target, errno] = os.readlink(plain(path));
    if (errno !== 0) throw failure('read the link', path, errno);
    return target;
  }

  list(path: string): readonly string[] {
    const [names, errno] = os.readdir(plain(path));
    if (errno === Errno.ENOENT || errno === Errno.ENOTDIR) return [];
    if (errno !== 0) throw failure('list', path, errno);
    return names.filter((name) => name !== '.' && name !== '..');
  }

  makeDirectory(path: string, mode: number): void {
    check('make directory', path, os.mkdir(plain(path), mode));
  }

  writeNew(path: string, content: Content, mode: number): void {
    const fd = check('create', path, os.open(plain(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode));
    writeAndClose(fd, path, content);
  }

  append(path: string, text: string): void {
    const fd = check('open', path, os.open(plain(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644));
    writeAndClose(fd, path, text);
  }

  appendToTerminal(path: string, setModes: Argv, text: string): void {
    const fd = check('open', path, os.open(plain(path), os.O_WRONLY));
    this.run(setModes);
    writeAndClose(fd, path, text);
  }

  symlink(target: string, path: string): void {
    check('make the link', path, os.symlink(plain(target), plain(path)));
  }

  rename(from: string, to: string): void {
    check('put in place', to, os.rename(plain(from), plain(to)));
  }

  remove(path: string): void {
    check('remove', path, os.remove(plain(path)));
  }

  run(argv: Argv, input = '', more: Readonly<Record<string, string>> = {}): RunResult {
    return withStreams(argv, input, more, (code, stdout, stderr) => ({
      code,
      out: stdout.readAsString(),
      err: stderr.readAsString(),
    }));
  }

  filter(argv: Argv, input: Content): FilterResult {
    return withStreams(argv, input, {}, (code, stdout, stderr) => ({
      code,
      out: readAll(stdout.fileno(), argv[0]),
      err: stderr.readAsString(),
    }));
  }

  runThrough(argv: Argv): number {
    std.out.flush();
    return exitCode(os.exec(argv.map(plain), { block: true, usePath: false }));
  }

  monotonicMs(): number {
    return os.now();
  }

  sleepMs(milliseconds: number): void {
    os.sleep(milliseconds);
  }

  now(): string {
    return new Date().toISOString();
  }

  exit(code: number): never {
    std.exit(code);
  }

  out(text: string): void {
    std.out.puts(text);
    std.out.flush();
  }

  err(text: string): void {
    std.err.puts(text);
    std.err.flush();
  }
}

function typeOf(mode: number): FileType {
  switch (mode & os.S_IFMT) {
    case os.S_IFREG:
      return 'file';
    case os.S_IFDIR:
      return 'directory';
    case os.S_IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}

/** QuickJS cuts strings at the first NUL, which would make another path of it. */
function plain(text: string): string {
  if (text.includes('\0')) throw new SystemError('use', JSON.stringify(text), Errno.EINVAL, 'it holds a NUL');
  return text;
}

function check(doing: string, path: string, result: number): number {
  if (result < 0) throw failure(doing, path, -result);
  return result;
}

function failure(doing: string, path: string, errno: number): SystemError {
  return new SystemError(doing, path, errno, std.strerror(errno));
}

function writeAndClose(fd: number, path: string, content: Content): void {
  if (typeof content === 'string') {
    const file = std.fdopen(fd, 'w');
    file.puts(content);
    file.flush();
    const failed = file.error();
    const result = file.close();
    if (failed || result < 0)
      throw new SystemError('write', path, -result, 'the text could not be written, is the disk full?');
    return;
  }
  try {
    writeBytes(fd, path, content);
  } catch (error) {
    os.close(fd);
    throw error;
  }
  check('write', path, os.close(fd));
}

function writeBytes(fd: number, path: string, bytes: Uint8Array): void {
  const buffer = bytes.buffer as ArrayBuffer;
  for (let offset = 0; offset < bytes.length;) {
    const count = os.write(fd, buffer, bytes.byteOffset + offset, bytes.length - offset);
    if (count <= 0) throw failure('write', path, -count);
    offset += count;
  }
}

/** From where the file stands now to its end. */
function readAll(fd: number, path: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(65536);
    const count = os.read(fd, part.buffer, 0, part.length);
    if (count < 0) throw failure('read', path, -count);
    if (count === 0) return joined(parts);
    parts.push(part.subarray(0, count));
  }
}

/** Files and not pipes: a daemon that the program leaves behind may keep them open without holding us up. */
function withStreams<Result>(
  argv: Argv,
  input: Content,
  more: Readonly<Record<string, string>>,
  collect: (code: number, stdout: FILE, stderr: FILE) => Result,
): Result {
  const streams = [std.tmpfile(), std.tmpfile(), std.tmpfile()] as const;
  const [stdin, stdout, stderr] = streams;
  if (stdin === null || stdout === null || stderr === null) {
    throw new SystemError('run', argv[0], 0, 'no temporary file could be made in /tmp');
  }
  try {
    if (typeof input === 'string') stdin.puts(input);
    else writeBytes(stdin.fileno(), argv[0], input);
    stdin.flush();
    stdin.seek(0, std.SEEK_SET);
    const code = os.exec(argv.map(plain), {
      block: true,
      usePath: false,
      stdin: stdin.fileno(),
      stdout: stdout.fileno(),
      stderr: stderr.fileno(),
      env: { ...environment, ...more },
    });
    for (const stream of [stdout, stderr]) stream.seek(0, std.SEEK_SET);
    return collect(exitCode(code), stdout, stderr);
  } finally {
    for (const stream of [stdin, stdout, stderr]) stream.close();
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** os.exec answers the exit code, or the negated signal number. */
function exitCode(result: number): number {
  return result < 0 ? 128 - result : result;
}
