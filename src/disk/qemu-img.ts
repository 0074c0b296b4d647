import { resolve } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { installAdvice } from '../ground/install-advice.ts';
import { failedBy } from '../host/command-error.ts';
import { runProgram } from '../host/run-program.ts';
import type { DiskFormat } from './identify.ts';
import { qemuName } from './qemu-name.ts';
import { percentIn } from './qemu-progress.ts';

/** A file and what it is. */
export interface DiskFile {
  readonly path: string;
  readonly format: DiskFormat;
}

/** Runs qemu-img(1), which reads and writes every format that podbsd does not handle itself; answers its output. */
export async function qemuImg(
  args: readonly string[],
  signal?: AbortSignal,
  onLine?: (line: string) => void,
): Promise<string> {
  try {
    const options = {
      ...(signal === undefined ? {} : { signal }),
      ...(onLine === undefined ? {} : { onLine }),
    };
    return (await runProgram(['qemu-img', ...args], options)).stdout;
  } catch (error) {
    if (!failedBy(error, 'no-program')) throw error;
    throw new PodbsdError({
      doing: 'working on a disk image',
      problem: 'qemu-img is not installed',
      remedy: installAdvice('qemu-img'),
      exitCode: ExitCode.host,
      cause: error,
    });
  }
}

/**
 * Writes the disk of an image as a new file of another format. Runs of zeros take no space.
 *
 * @param onPercent how much of the disk has been looked at.
 */
export async function convertDisk(
  from: DiskFile,
  to: DiskFile & { readonly format: 'raw' | 'qcow2' | 'vhdx' },
  signal?: AbortSignal,
  onPercent?: (percent: number) => void,
): Promise<void> {
  const words = ['-O', to.format, qemuName(from), resolve(to.path)];
  if (onPercent === undefined) await qemuImg(['convert', ...words], signal);
  else
    await qemuImg(['convert', '-p', ...words], signal, (line) => {
      const percent = percentIn(line);
      if (percent !== undefined) onPercent(percent);
    });
}

/** Bytes that a guest would see. */
export async function virtualSize(disk: DiskFile): Promise<number> {
  const info = JSON.parse(await qemuImg(['info', '--output=json', qemuName(disk)])) as InfoText;
  return info['virtual-size'];
}

interface InfoText {
  readonly 'virtual-size': number;
}
