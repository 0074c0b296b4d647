import { Header } from 'tar';
import type { Inside } from './inside.ts';
import type { OverlayFile } from './overlay-files.ts';

const BLOCK = 512;

/** A tar archive (ustar) of these files. Everything in it is root's. */
export function archive(files: readonly OverlayFile[]): Buffer {
  return Buffer.concat([...files.flatMap(archiveEntry), archiveEnd]);
}

/** What ends an archive. */
export const archiveEnd: Buffer = Buffer.alloc(2 * BLOCK);

/** One file as it stands in an archive. */
export function archiveEntry(file: OverlayFile): readonly Buffer[] {
  const content = file.kind === 'file' ? file.content : Buffer.alloc(0);
  const block = Buffer.alloc(BLOCK);
  const header = new Header({
    path: file.path.replace(/^\/+/, ''),
    ...(file.kind === 'file'
      ? { type: 'File', mode: file.mode }
      : { type: 'SymbolicLink', mode: 0o777, linkpath: file.target }),
    ...{ uid: 0, gid: 0, uname: 'root', gname: 'wheel' },
    size: content.length,
    mtime: new Date(),
  });
  if (header.encode(block)) throw new Error(`${file.path} does not fit into a plain tar archive`);
  return [block, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

/**
 * Copies files into the machine as one archive: each file by itself would take several round trips over SSH, which are
 * slow where the machine is emulated. Existing files are replaced; missing folders are made.
 */
export async function putFiles(inside: Inside, files: readonly OverlayFile[]): Promise<void> {
  const names = files.map(({ path }) => path).join(' ');
  await inside.host.perform(`put in one archive: ${names}`, async () => {
    await inside.exec(['/usr/bin/tar', '-xpf', '-', '-C', '/'], { input: archive(files) });
  });
}
