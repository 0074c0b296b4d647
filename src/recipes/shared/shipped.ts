import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import { parsePackageList } from './package-list.ts';

/** A text that podbsd ships. @param path from the root of the package, like `poudriere/etc/make.conf`. */
export async function shippedFile(path: string): Promise<string> {
  return await readFile(join(packageRoot, path), 'utf8');
}

/** A list that podbsd ships: one item per line, # begins a comment. */
export async function shippedList(path: string): Promise<readonly string[]> {
  return parsePackageList(await shippedFile(path));
}

/** The ports of which the image gets the packages, whatever the recipe. */
export async function shippedPackages(): Promise<readonly string[]> {
  return await shippedList('poudriere/etc/packages');
}
