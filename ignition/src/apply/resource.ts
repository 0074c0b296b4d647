import { decodeDataUrl } from '../config/data-url.ts';
import type { Resource } from '../config/types.ts';
import { own } from '../freebsd/paths.ts';
import { runProgram } from '../freebsd/program.ts';
import type { Content } from '../system/system.ts';
import { encodeUtf8 } from '../utf8.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory } from './place.ts';

const scratch = `${own.run}/scratch`;

/** The contents of a resource: decoded, uncompressed, and checked against the hash, which is of the uncompressed. */
export function loadResource(context: Context, resource: Resource): Content {
  if (resource.source === undefined) return '';
  const decoded = decodeDataUrl(resource.source);
  const content = resource.compression === 'gzip' ? gunzip(context, decoded) : decoded;
  if (resource.hash !== undefined) verify(context, content, resource.hash);
  return content;
}

function gunzip(context: Context, content: Content): Content {
  return withScratchFile(context, 'contents.gz', content, (path) => {
    runProgram(context.system, ['/usr/bin/gunzip', '-f', path]);
    const plain = path.slice(0, -'.gz'.length);
    const bytes = context.system.readBytes(plain);
    if (bytes === undefined) throw new Error('gunzip has written nothing');
    return bytes;
  });
}

function verify(context: Context, content: Content, expected: string): void {
  const [type = '', wanted = ''] = expected.split('-');
  withScratchFile(context, 'contents', content, (path) => {
    const found = runProgram(context.system, [`/sbin/${type}`, '-q', path]).out.trim();
    if (found !== wanted) throw new Error(`the contents have the ${type} hash ${found}, not ${wanted}`);
  });
}

function withScratchFile<Result>(
  context: Context,
  name: string,
  content: Content,
  use: (path: string) => Result,
): Result {
  const { system } = context;
  const path = `${scratch}/${name}`;
  ensureDirectory(context, scratch, 0o700, rootOwned);
  const sweep = (): void => {
    for (const left of [path, path.replace(/\.gz$/, '')])
      if (system.lstat(left) !== undefined) system.remove(left);
  };
  sweep();
  system.writeNew(path, content, 0o600);
  try {
    return use(path);
  } finally {
    sweep();
  }
}

/** Contents one after the other. */
export function joinContents(parts: readonly Content[]): Content {
  if (parts.every((part) => typeof part === 'string')) return parts.join('');
  const bytes = parts.map((part) => (typeof part === 'string' ? encodeUtf8(part) : part));
  const whole = new Uint8Array(bytes.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of bytes) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
