import { rootOwned, type Context } from '../apply/context.ts';
import { ensureDirectory, ensureFile } from '../apply/place.ts';
import { parentOf } from '../freebsd/paths.ts';
import { announce } from '../log.ts';
import { messageOf, type System } from '../system/system.ts';
import type { Shape } from './shape.ts';

/** One of the JSON files in which the agent remembers something from one run to the next. */
export interface StateFile<Value> {
  readonly path: string;
  readonly shape: Shape<Value>;
  /** What is lost with it, for the message: `which accounts and keys podbsd has made`. */
  readonly holds: string;
}

/**
 * What the file says, or undefined when there is none. A damaged file is never used, not even in part; it is reported,
 * renamed to `NAME.damaged`, and the boot continues without it.
 */
export function readState<Value>(system: System, file: StateFile<Value>): Value | undefined {
  try {
    const content = system.readText(file.path);
    return content === undefined ? undefined : file.shape(parsed(content), '');
  } catch (error) {
    layAside(system, file, messageOf(error));
    return undefined;
  }
}

/**
 * Everybody can read these files, so nothing secret goes there.
 *
 * @param root where the boot environment is mounted whose file is meant; without it that of the running one.
 */
export function writeState<Value>(context: Context, file: StateFile<Value>, value: Value, root = ''): void {
  const path = `${root}${file.path}`;
  const content = `${JSON.stringify(value, undefined, 1)}\n`;
  ensureDirectory(context, parentOf(path), 0o755, rootOwned);
  ensureFile(context, { path, content, mode: 0o644, owner: rootOwned });
}

function parsed(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    throw new Error('it is not JSON');
  }
}

function layAside(system: System, { path, holds }: StateFile<unknown>, reason: string): void {
  const message = `${path} is damaged and is not used, ${holds} is not known any more: ${reason}`;
  try {
    const aside = `${path}.damaged`;
    if (system.lstat(aside) !== undefined) system.remove(aside);
    system.rename(path, aside);
    announce(system, message);
  } catch {
    // The caller does not have root's rights.
    system.err(`podbsd: ${message}\n`);
  }
}
