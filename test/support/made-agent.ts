import { chmod, copyFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * In the place of src/bundles/agent.ts in the programs that tests start: the guest agent that it has made once for the
 * run, beside them. A build of an image asks for it, and esbuild takes longer for it than the build for all else.
 */
export async function bundleAgent(outFile: string): Promise<void> {
  await mkdir(dirname(outFile), { recursive: true });
  const staged = `${outFile}.new-${process.pid}`;
  await copyFile(join(import.meta.dirname, MADE_AGENT), staged);
  await chmod(staged, 0o755);
  await rename(staged, outFile);
}

export const MADE_AGENT = 'podbsd-agent';
