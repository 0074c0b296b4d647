import { withBlock } from '../freebsd/block-text.ts';
import { rootOwned, type Context, type Ownership } from './context.ts';
import { ensureFile, safePath } from './place.ts';

/** A few lines of ours in somebody else's file, between two comments that mark them. */
export interface Block {
  readonly path: string;
  /** What the lines are about. */
  readonly name: string;
  /** None: the block goes. */
  readonly lines: readonly string[];
  /** Of the file, where there is none yet. */
  readonly mode: number;
  readonly owner?: Ownership;
  readonly place?: 'top' | 'end';
}

/**
 * Puts the lines in place, once. All other lines stay as they are; a file that holds nothing else is removed with its
 * block.
 */
export function ensureBlock(context: Context, block: Block): void {
  const { system } = context;
  const owner = block.owner ?? rootOwned;
  const path = safePath(context, block.path, owner);
  const there = system.lstat(path);
  if (there !== undefined && there.type !== 'file') throw new Error(`${path} is not a file`);
  const before = there === undefined ? '' : (system.readText(path) ?? '');
  const content = withBlock(before, block.name, block.lines, block.place);
  if (content === before) return;
  if (content === '') {
    system.remove(path);
    context.changed = true;
    return;
  }
  const rights = there === undefined ? { mode: block.mode, owner } : { mode: there.mode, owner: there };
  ensureFile(context, {
    path,
    content,
    mode: rights.mode,
    owner: { uid: rights.owner.uid, gid: rights.owner.gid },
  });
}
