import { readFile, stat } from 'node:fs/promises';
import { readRegular } from '../ground/regular-file.ts';

/** Largest file that is read as a configuration, bytes. Real ones have some thousand. */
const LARGEST = 1024 * 1024;

/** What a shell gives for `--config <(...)` and people for standard input or no file: somebody answers there. */
const ANSWERING = /^\/(?:dev\/(?:null|stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/**
 * The text of a configuration file, without a byte order mark.
 * @throws Error with the system's code, or in words for what is no text.
 */
export async function readConfigText(file: string): Promise<string> {
  const bytes = await readBytes(file);
  if (/^(?:\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2)))
    throw new Error('it is text in UTF-16; save it as UTF-8');
  const text = decoded(bytes);
  if (text === undefined || text.includes('\0')) throw new Error('it is no text in UTF-8');
  return text;
}

async function readBytes(file: string): Promise<Buffer> {
  if (ANSWERING.test(file)) return await readFile(file);
  const { size } = await stat(file);
  if (size > LARGEST) throw new Error(`it is larger than ${LARGEST / 1024} KiB, so it is something else`);
  return await readRegular(file);
}

function decoded(bytes: Buffer): string | undefined {
  try {
    // The decoder leaves out the byte order mark that some editors put before UTF-8.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
