import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { execa } from 'execa';

const MIB = 1024 * 1024;
/** Bytes of the large member that are packed once: gzip files may follow each other in one file (RFC 1952, 2.2). */
const PIECE = 16 * MIB;

/** Makes an overlay with a file of this many MiB, a multiple of 16. It takes a moment: one piece is repeated. */
export async function largeOverlay(folder: string, mebibytes: number): Promise<string> {
  const file = join(folder, 'large.apkovl.tar.gz');
  // The header, as tar writes it for a file of this size; the content follows.
  const script =
    'mkdir -p etc && truncate -s "$0"M etc/large && tar --format=ustar -cf - etc/large | head -c 512';
  const { stdout } = await execa('sh', ['-c', script, String(mebibytes)], {
    cwd: folder,
    encoding: 'buffer',
  });
  await writeFile(file, gzipSync(stdout));
  const piece = gzipSync(Buffer.alloc(PIECE, 'what takes space, as a database or a package cache\n'), {
    level: 1,
  });
  for (let left = mebibytes * MIB; left > 0; left -= PIECE) await appendFile(file, piece);
  await appendFile(file, gzipSync(Buffer.alloc(1024)));
  return file;
}

/**
 * The most memory that the program used while it ran, in MB. It says so itself at its end. Not as getrusage(2) knows it
 * where there is better: that counts the process that started it, too, until exec(2).
 */
export async function peakMemory(program: string, args: readonly string[], folder: string): Promise<number> {
  const report = join(folder, 'peak');
  const code = `import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    process.on('exit', () => {
      const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
      const peak = /^VmHWM:\\s+(\\d+) kB$/m.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
      writeFileSync(process.env.PEAK, String(peak));
    });`;
  const watch = ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
  await execa(process.execPath, [...watch, program, ...args], { env: { PEAK: report } });
  return Number(await readFile(report, 'utf8')) / 1000;
}
