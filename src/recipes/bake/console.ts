import { open } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

/** The newest line of the console, without control characters: shown while nothing else is known. */
export async function lastLine(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return 'no console yet';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 2048);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.subarray(0, bytesRead).toString('latin1');
    // What the loader draws, and everything that is no plain character.
    const lines = stripVTControlCharacters(text).split(/[\r\n]+/);
    const shown = lines.map((line) => line.replace(/[^\x20-\x7e]/g, '').trim()).filter((line) => line !== '');
    return shown.at(-1)?.slice(0, 100) ?? 'no console yet';
  } finally {
    await file.close();
  }
}
