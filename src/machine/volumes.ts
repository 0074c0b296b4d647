import { homedir } from 'node:os';
import { isAbsolute, normalize, resolve } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { MachineVolume } from './record.ts';

/** Targets that podman 5.5 and later refuse: each covers a part of the guest's system. */
const SYSTEM_FOLDERS = ['', 'bin', 'boot', 'dev', 'etc', 'home', 'proc', 'root', 'run', 'sbin', 'sys'];
const FREEBSD_FOLDERS = ['lib', 'libexec', 'rescue', 'tmp', 'usr', 'var'];
const refused: readonly string[] = [...SYSTEM_FOLDERS, ...FREEBSD_FOLDERS].map((name) => `/${name}`);

/**
 * Reads podman's `--volume SOURCE[:TARGET[:OPTION,...]]` as often as it is given. An empty value stands for no volume
 * at all, as with podman 5.
 * @throws PodbsdError that names the volume.
 */
export function parseVolumes(texts: readonly string[]): MachineVolume[] {
  const volumes = texts.filter((text) => text !== '').map(parseVolume);
  for (const [index, { target }] of volumes.entries())
    if (volumes.findIndex((other) => other.target === target) !== index)
      throw wrong(target, 'two volumes have this target');
  return volumes;
}

function parseVolume(text: string): MachineVolume {
  const [source = '', target = '', options = '', ...more] = text.split(':');
  if (source === '' || more.length > 0)
    throw wrong(text, 'expected SOURCE, SOURCE:TARGET or SOURCE:TARGET:OPTIONS');
  const from = resolve(source);
  const to = normalize(target === '' ? from : target).replace(/(?<=.)\/$/, '');
  if (!isAbsolute(to)) throw wrong(text, 'the target in the guest must be an absolute path');
  if (/[\0-\x1f\x7f]/.test(text)) throw wrong(JSON.stringify(text), 'it holds a control character');
  if (refused.includes(to)) throw wrong(text, `${to} is a part of the guest's own system`);
  return { source: from, target: to, readOnly: readOptions(text, options) };
}

function readOptions(text: string, options: string): boolean {
  let readOnly = false;
  for (const option of options.split(',').filter((word) => word !== '')) {
    if (option === 'ro' || option === 'rw') readOnly = option === 'ro';
    else if (!option.startsWith('security_model='))
      throw wrong(text, `the option ${option} is not known; there are ro and rw`);
  }
  return readOnly;
}

/**
 * podman's defaults: the home directory, on macOS the folders that hold all of them. Not root's, which would hide the
 * keys of the guest's root.
 */
export function defaultVolumes(platform: NodeJS.Platform = process.platform): MachineVolume[] {
  const folders = platform === 'darwin' ? ['/Users', '/private', '/var/folders'] : [homedir()];
  return folders
    .filter((folder) => !refused.includes(folder))
    .map((folder) => ({ source: folder, target: folder, readOnly: false }));
}

/** As it is written on the command line. */
export function formatVolume({ source, target, readOnly }: MachineVolume): string {
  return `${source}:${target}${readOnly ? ':ro' : ''}`;
}

function wrong(text: string, problem: string): PodbsdError {
  return new PodbsdError({
    doing: `reading the volume ${text}`,
    problem,
    remedy: 'write it as --volume /folder/here:/folder/in/the/guest, with :ro behind it for read-only',
    exitCode: ExitCode.usage,
  });
}
