import { installNeededPackages } from './support/install.ts';

/** Runs once before all tests: what they need beyond npm is installed or reported here. */
export default async function setup(): Promise<void> {
  await installNeededPackages((line) => void process.stderr.write(`${line}\n`));
}
