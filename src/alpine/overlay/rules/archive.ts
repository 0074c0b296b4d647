import { normalPath } from '../scan.ts';
import { each, error, warning, type Rule } from './rule.ts';

export const names: Rule = each((member, path) => {
  if (member.name.startsWith('/'))
    return error(member.name, 'the name is absolute; names are relative to the root');
  if (path.split('/').includes('..')) return error(member.name, 'the name leads out of the root');
  if (member.name.startsWith('./'))
    return error(
      member.name,
      'the name begins with "./": apk does not know it, and packages overwrite files outside /etc',
    );
  if (member.kind === 'directory' && !member.name.endsWith('/'))
    return error(
      member.name,
      'the name of a directory must end in "/": apk stops reading the list of files here',
    );
  if (!member.name.includes('/'))
    return error(member.name, 'lies in the root itself: apk stops reading the list of files here');
  return undefined;
});

/** Global pax records and GNU's volume labels: busybox's tar skips them. */
const UNDERSTOOD = new Set(['g', 'V']);

export const kinds: Rule = (members) => {
  const files = new Set<string>();
  return members.flatMap(({ name, path, kind, linkTarget, isSparse, type }) => {
    if (kind === 'file') files.add(path);
    if (isSparse) return [error(name, "is stored as a sparse file, which the guest's tar cannot read")];
    if (kind === 'other' && !UNDERSTOOD.has(type))
      return [error(name, `is of a kind (${type}) that the guest's tar stops at`)];
    if (kind === 'hardlink' && !files.has(normalPath(linkTarget)))
      return [error(name, `is a hard link to ${linkTarget}, which does not precede it: tar fails on it`)];
    return [];
  });
};

export const duplicates: Rule = (members) => {
  const seen = new Set<string>();
  return members.flatMap(({ path, kind }) => {
    if (kind === 'other') return [];
    const again = seen.has(path) && kind !== 'directory';
    seen.add(path);
    return again ? [warning(path, 'is there twice; the last one counts')] : [];
  });
};

export const strays: Rule = each((_, path) => {
  const stray = strayReason(path);
  return stray === undefined ? undefined : warning(path, stray);
});

/** Why a path does not belong in an overlay; undefined when it may. */
export function strayReason(path: string): string | undefined {
  const base = path.split('/').at(-1) ?? '';
  if (base.startsWith('._')) return 'is a leftover of macOS (AppleDouble); remove it';
  if (base === '.DS_Store') return 'is a leftover of macOS; remove it';
  return /^(tmp|var\/tmp)(\/|$)/.test(path) ? 'temporary files do not belong in an overlay' : undefined;
}
