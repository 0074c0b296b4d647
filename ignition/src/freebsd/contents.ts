import { decodeBase64, decodeEscapes, readDataUrl, SourceError } from '../config/data-url.ts';
import type { Resource } from '../config/types.ts';
import type { Argv, Content, System } from '../system/system.ts';
import { whatFailed } from './program.ts';

/** Above this size a program decodes base64: QuickJS takes a second for each megabyte. */
const many = 262_144;

/**
 * What the resources of a config hold. Nothing is written, so that planning can use it too; results are cached.
 */
export class Contents {
  private readonly system: System;
  private readonly known = new WeakMap<Resource, Content>();

  constructor(system: System) {
    this.system = system;
  }

  /** Decoded, unpacked, and verified: the hash is that of the unpacked contents. Throws an Error with the reason. */
  load(resource: Resource): Content {
    const known = this.known.get(resource);
    if (known !== undefined) return known;
    const content = this.read(resource);
    this.known.set(resource, content);
    return content;
  }

  /** The same as text. */
  text(resource: Resource): string {
    const content = this.load(resource);
    return typeof content === 'string' ? content : this.system.decode(content);
  }

  private read({ source, compression, hash }: Resource): Content {
    if (source === undefined) return '';
    if (!source.startsWith('data:')) {
      const scheme = /^[a-z0-9+.-]*:/i.exec(source)?.[0] ?? 'no scheme';
      throw new SourceError(`contents are not fetched from elsewhere (${scheme}): give them as a data: URL`);
    }
    const { isBase64, data } = readDataUrl(source);
    const decoded = isBase64 ? this.decode(data) : decodeEscapes(data);
    const content = compression === 'gzip' ? this.through(['/usr/bin/gunzip', '-c'], decoded) : decoded;
    if (hash !== undefined) this.verify(content, hash);
    return content;
  }

  private decode(data: string): Uint8Array {
    if (data.length < many) return decodeBase64(data);
    const argv = this.present(['/usr/bin/b64decode', '-r'], ['/usr/bin/base64', '-d']);
    const length = (data.length / 4) * 3 - (data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0);
    const decoded = argv === undefined ? undefined : this.system.filter(argv, data).out;
    // Only a text that is right from end to end gives so many bytes. Ours says what is wrong with another.
    return decoded?.length === length ? decoded : decodeBase64(data);
  }

  private verify(content: Content, expected: string): void {
    const [type = '', wanted = ''] = expected.split('-');
    const argv = this.present(
      [`/sbin/${type}`, '-q'],
      [`/usr/bin/${type}sum`],
      ['/usr/bin/shasum', '-a', type.slice('sha'.length)],
    );
    if (argv === undefined) throw new Error(`no program of this system computes the ${type} hash`);
    const [found = ''] = String.fromCharCode(...this.through(argv, content)).split(/\s/);
    if (found !== wanted) throw new Error(`the contents have the ${type} hash ${found}, not ${wanted}`);
  }

  /** The first of these programs that this system has: FreeBSD's, or what another system has for `plan`. */
  private present(...programs: readonly Argv[]): Argv | undefined {
    return programs.find(([program]) => this.system.lstat(program) !== undefined);
  }

  private through(argv: Argv, content: Content): Uint8Array {
    const { code, out, err } = this.system.filter(argv, content);
    if (code !== 0) throw new Error(whatFailed(argv, { code, out: '', err }));
    return out;
  }
}
