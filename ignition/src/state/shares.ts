import type { Context } from '../apply/context.ts';
import type { Share } from '../apply/shares.ts';
import { plainPath } from '../config/path.ts';
import { own } from '../freebsd/paths.ts';
import type { System } from '../system/system.ts';
import { flag, listOf, object, text, type Shape } from './shape.ts';
import { readState, writeState, type StateFile } from './state-file.ts';

const target: Shape<string> = (value, place) => {
  const path = text(value, place);
  if (plainPath(path) !== path) throw new Error(`${place} is not an absolute path`);
  return path;
};

const file: StateFile<readonly Share[]> = {
  path: own.shares,
  holds: 'which folders of the host podman has mounted',
  shape: listOf(object<Share>({ tag: text, target, readOnly: flag })),
};

/**
 * podman 4.3 to 5.8 mounts shares over SSH, after each start of the machine. When the guest is rebooted from inside,
 * podman does not mount them: so they are recorded.
 */
export function rememberedShares({ system }: { readonly system: System }): readonly Share[] {
  return readState(system, file) ?? [];
}

/** Takes the place of what was remembered for the same tag or the same folder. */
export function rememberShare(context: Context, { tag, target: place, readOnly }: Share): void {
  const others = rememberedShares(context).filter((other) => other.tag !== tag && other.target !== place);
  writeState(context, file, [...others, { tag, target: place, readOnly }]);
}
