import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

/** They change nothing, and between them load what most commands do. */
const commandLines = [['status'], ['machine', 'list'], ['alpine', 'list'], ['build-image', '--dry-run']];

/** Compiles the commands of the programs in a folder, in a project and a home of their own. */
export async function warmCodeCache(programs: string): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'podbsd-warm-'));
  try {
    const env = { PATH: process.env['PATH'], HOME: cwd };
    const argv = [join(programs, 'make.mjs'), JSON.stringify(commandLines)];
    await execa(process.execPath, argv, { cwd, env, extendEnv: false });
  } finally {
    await rm(cwd, { recursive: true });
  }
}
