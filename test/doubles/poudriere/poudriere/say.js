import process from 'node:process';

const began = Date.now();

/** msg(): `[00:00:12] text`. */
export function say(text) {
  const seconds = Math.floor((Date.now() - began) / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  process.stdout.write(`[${parts.map((part) => String(part).padStart(2, '0')).join(':')}] ${text}\n`);
}
