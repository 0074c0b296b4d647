import { basename, join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { podbsdVersion } from '../ground/assets.ts';
import { exportFormats, isExportFormat, type ExportFormat } from '../disk/export/formats.ts';
import type { ExportOptions, ExportProgress } from '../disk/export/options.ts';
import { unpackedName } from '../disk/packing-name.ts';
import type { Terminal } from '../ground/terminal.ts';
import { transferProgress } from '../pipeline/transfer-progress.ts';
import { examples, type RegisterCommand } from './command.ts';
import { showSteps } from './steps.ts';

interface Options {
  readonly out: string;
  readonly format: readonly ExportFormat[];
  readonly name?: string;
  readonly arch: 'amd64' | 'arm64';
  readonly sign?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export const registerExport: RegisterCommand = (program, { terminal, signal }) => {
  program
    .command('export <image>')
    .description(
      'write a disk image in the formats that podman machine takes, verified, with checksums and a manifest',
    )
    .requiredOption('--out <dir>', 'folder for the files; it holds one export')
    .addOption(
      new Option('--format <list>', `comma-separated: ${exportFormats.join(', ')}`)
        .argParser(parseFormats)
        .default(['qcow2', 'raw.zst'], 'qcow2,raw.zst'),
    )
    .option('--name <name>', 'name of the files without suffix (default: that of the image)')
    .addOption(
      new Option('--arch <arch>', 'architecture that the image is for')
        .choices(['amd64', 'arm64'])
        .default(process.arch === 'arm64' ? 'arm64' : 'amd64', 'that of this machine'),
    )
    .option('--sign <key>', 'sign the checksums with this minisign or OpenPGP secret key file')
    .option('--json', 'print the result as JSON')
    .option('--dry-run', 'check everything and say what would be written')
    .addHelpText(
      'after',
      examples(
        ['podbsd export freebsd.img --out out', 'A qcow2 file for QEMU, a compressed raw file for macOS'],
        ['podbsd export freebsd.img --out out --format qcow2.zst,raw.zst', 'What `podbsd oci` takes'],
        ['cd out && sha256sum -c SHA256SUMS', 'Check the files'],
      ),
    )
    .action(async (raw: string, options: Options) => {
      const request: ExportOptions = {
        raw,
        outDir: options.out,
        baseName: options.name ?? nameOf(raw),
        formats: options.format,
        facts: { architecture: options.arch, podbsdVersion: podbsdVersion() },
        signingKey: options.sign,
        signal,
      };
      if (options.dryRun === true) await showPlan(request, terminal);
      else await runExport(request, options.json === true, terminal);
    });
};

async function showPlan(request: ExportOptions, terminal: Terminal): Promise<void> {
  const { planExport } = await import('../disk/export/preflight.ts');
  const { formats, notices } = await planExport(request);
  for (const format of formats)
    terminal.out(`would write ${join(request.outDir, `${request.baseName}.${format}`)}`);
  for (const notice of notices) terminal.err(notice);
}

async function runExport(request: ExportOptions, json: boolean, terminal: Terminal): Promise<void> {
  const { exportDisk } = await import('../disk/export.ts');
  const steps = showSteps(terminal);
  const shown = {
    unpack: transferProgress(steps, 'unpacking'),
    write: transferProgress(steps, 'writing'),
    verify: transferProgress(steps, 'reading back'),
  };
  const onProgress = ({ step, done, total }: ExportProgress): void => shown[step](done, total);
  const result = await exportDisk({ ...request, onProgress }).finally(() => steps.end());
  if (json) {
    terminal.out(JSON.stringify(result, undefined, 2));
    return;
  }
  for (const notice of result.notices) terminal.err(`${terminal.paint('yellow', 'note:', 'err')} ${notice}`);
  for (const name of result.written) terminal.out(join(result.outDir, name));
}

/** The name of an image without the suffixes of its format: `freebsd.qcow2.xz` is of `freebsd`. */
function nameOf(image: string): string {
  return unpackedName(basename(image)).replace(/\.(raw|img|qcow2|vmdk|vhd|vhdx|vdi)$/i, '');
}

function parseFormats(list: string): ExportFormat[] {
  return list.split(',').map((word) => {
    const format = word.trim();
    if (!isExportFormat(format))
      throw new InvalidArgumentError(`${JSON.stringify(format)} is not one of ${exportFormats.join(', ')}`);
    return format;
  });
}
