import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { helperProgram, helperScript } from '../../../src/bundles/helpers.ts';

let program: Promise<string> | undefined;

/** Puts the helpers into a folder, as setup-podman does. */
export async function installHelpers(helpers: string): Promise<void> {
  program ??= helperProgram();
  await fs.mkdir(join(helpers, 'lib'), { recursive: true });
  await fs.writeFile(join(helpers, 'lib', 'podman-helper.mjs'), await program);
  await fs.symlink(process.execPath, join(helpers, 'lib', 'node'));
  await fs.writeFile(join(helpers, 'qemu-system-x86_64'), await helperScript('linux', 'qemu-system'), {
    mode: 0o755,
  });
  await fs.writeFile(join(helpers, 'virtiofsd'), await helperScript('linux', 'virtiofsd'), { mode: 0o755 });
}

/** A stand-in for QEMU or virtiofsd: writes down how it was called, and for virtiofsd listens on its socket. */
export async function installFake(path: string, report: string): Promise<void> {
  await fs.mkdir(dirname(path), { recursive: true });
  const program = await fs.readFile(join(import.meta.dirname, 'fake-program.js'), 'utf8');
  // Node by its path: the tests take it out of PATH.
  await fs.writeFile(path, program.replace(/^#!.*/, `#!${process.execPath}`), { mode: 0o755 });
  await fs.writeFile(`${path}.report`, report);
}

/** How a fake program was called. */
export interface Call {
  readonly pid: number;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** What descriptor 3 is open on. */
  readonly fd3: string | undefined;
}

export async function calls(report: string): Promise<Call[]> {
  const text = await fs.readFile(report, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Call);
}
