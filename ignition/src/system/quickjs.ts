import { decodeUtf8 } from '../utf8.ts';
import { engineModule } from './engine-module.ts';
import { check, failure, plain, readAll, typeOf, writeAndClose, writeBytes } from './quickjs-files.ts';
import { exitCode, withStreams } from './quickjs-programs.ts';
import {
  Errno,
  type Argv,
  type Content,
  type FileStat,
  type FilterResult,
  type RunResult,
  type System,
} from './system.ts';

const os: typeof import('os') = await engineModule('os');
const std: typeof import('std') = await engineModule('std');

/** Bytes from which on a file is worth it. */
const MANY = 65_536;

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

  /** The engine decodes only what it reads from a file. */
  decode(bytes: Uint8Array): string {
    const file = bytes.length < MANY ? null : std.tmpfile();
    if (file === null) return decodeUtf8(bytes);
    try {
      writeBytes(file.fileno(), 'a temporary file', bytes);
      file.seek(0, std.SEEK_SET);
      return file.readAsString();
    } finally {
      file.close();
    }
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
