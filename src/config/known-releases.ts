import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../ground/assets.ts';
import { compareVersions } from '../ground/versions.ts';

/** A release of FreeBSD that was there when this podbsd was made. */
export interface KnownRelease {
  /** `15.1-RELEASE`. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** The last day of its support, `2027-03-31`. */
  readonly ends: string;
}

let read: readonly KnownRelease[] | undefined;

/** All of image/bake/releases, the newest first. */
export function knownReleases(): readonly KnownRelease[] {
  read ??= parse(readFileSync(join(packageRoot, 'image/bake/releases'), 'utf8'));
  return read;
}

/** Whether the support of a release has ended, as far as this podbsd knows. */
export function hasEnded(name: string, today: Date = new Date()): boolean {
  const ends = knownReleases().find((known) => known.name === name)?.ends;
  return ends !== undefined && today.toISOString().slice(0, 10) > ends;
}

function parse(text: string): readonly KnownRelease[] {
  const rows = [...text.matchAll(/^((\d+)\.(\d+)-RELEASE) (\d{4}-\d{2}-\d{2})$/gm)];
  return rows
    .map(([, name = '', major, minor, ends = '']) => ({
      name,
      major: Number(major),
      minor: Number(minor),
      ends,
    }))
    .sort((a, b) => compareVersions(b.name, a.name));
}
