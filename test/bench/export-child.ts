/**
 * Exports a disk and tells its parent how long writing and all of it took, in seconds, and the peak memory of this
 * process in MiB. With `write` as last argument it stops before the files are read back.
 */
import { exportDisk } from '../../src/disk/export.ts';
import { isExportFormat } from '../../src/disk/export/formats.ts';

const [raw = '', outDir = '', formats = '', until = ''] = process.argv.slice(2);
const started = performance.now();
const elapsed = (): number => (performance.now() - started) / 1000;
const stop = new AbortController();
let written: number | undefined;

await exportDisk({
  raw,
  outDir,
  baseName: 'bench',
  formats: formats.split(',').filter(isExportFormat),
  facts: { architecture: 'amd64', podbsdVersion: 'bench' },
  signal: stop.signal,
  onProgress: ({ step }) => {
    if (step !== 'verify') return;
    written ??= elapsed();
    if (until === 'write') stop.abort(new Error('written'));
  },
}).catch((error: unknown) => {
  if (!stop.signal.aborted) throw error;
});
process.send?.({ written, all: elapsed(), peakMiB: process.resourceUsage().maxRSS / 1024 });
