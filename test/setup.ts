import { openPrograms } from './support/bundled-program.ts';
import { installNeededPackages } from './support/install.ts';
import { closeRunFolder, openRunFolder } from './support/left-over.ts';

/** Runs once before all tests: what they need beyond npm is installed or reported here. What it answers runs at the end. */
export default async function setup(): Promise<() => Promise<void>> {
  await installNeededPackages((line) => void process.stderr.write(`${line}\n`));
  const closePrograms = await openPrograms();
  const folder = openRunFolder();
  return async () => {
    closePrograms();
    await closeRunFolder(folder);
  };
}
