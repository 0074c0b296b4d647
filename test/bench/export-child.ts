/** Exports a disk and sends the peak memory of this process, in KiB, to its parent. */
import { exportDisk } from '../../src/disk/export.ts';
import { isExportFormat } from '../../src/disk/export/formats.ts';
import { LocalHost } from '../../src/host/local.ts';

const [raw = '', outDir = '', formats = ''] = process.argv.slice(2);
await exportDisk({
  raw,
  outDir,
  baseName: 'bench',
  formats: formats.split(',').filter(isExportFormat),
  facts: { architecture: 'amd64', podbsdVersion: 'bench' },
  host: new LocalHost(),
});
process.send?.(process.resourceUsage().maxRSS);
