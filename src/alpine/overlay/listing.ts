import type { Addition } from './addition.ts';
import { visible } from './entry.ts';
import { nameText, type OverlayMember } from './scan.ts';

const LETTERS = {
  directory: 'd',
  file: '-',
  symlink: 'l',
  hardlink: 'h',
  device: 'c',
  fifo: 'p',
  other: '?',
};

/** A line about a member, as ls(1) would write it. */
export function listMember(member: OverlayMember): string {
  const letter = member.type === '4' ? 'b' : LETTERS[member.kind];
  const size = member.kind === 'file' ? member.size : 0;
  const line = `${letter}${bits(member)} ${String(size).padStart(8)} /${nameText(member.path)}`;
  return visible(line + target(member.kind, nameText(member.linkTarget)));
}

/** A line about something that is being added. */
export function listAddition({ kind, path, mode, defaultMode, size, target: to }: Addition): string {
  const line = `${LETTERS[kind]}${bits({ kind, mode: mode ?? defaultMode })} ${String(size).padStart(8)} /${path}`;
  return visible(line + target(kind, to));
}

/** What `ls --json` says about a member. */
export function describeMember(member: OverlayMember): object {
  const { kind, uid, gid, size } = member;
  const common = { type: kind, path: nameText(member.path), uid, gid };
  if (kind === 'symlink' || kind === 'hardlink') return { ...common, target: nameText(member.linkTarget) };
  const mode = `0${member.mode.toString(8)}`;
  return kind === 'file' ? { ...common, mode, size } : { ...common, mode };
}

/** `rwxr-xr-x`, with s and t as ls(1) shows them. */
function bits({ kind, mode }: { readonly kind: string; readonly mode: number }): string {
  if (kind === 'symlink') return 'rwxrwxrwx';
  const letters = 'rwxrwxrwx'.split('').map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  for (const [bit, index, letter] of [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ] as const)
    if ((mode & bit) !== 0) letters[index] = letters[index] === 'x' ? letter : letter.toUpperCase();
  return letters.join('');
}

function target(kind: string, to: string): string {
  if (kind === 'hardlink') return ` link to /${to}`;
  return kind === 'symlink' ? ` -> ${to}` : '';
}
