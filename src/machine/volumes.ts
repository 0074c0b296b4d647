import { isAbsolute, normalize, resolve } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { home } from '../ground/xdg.ts';
import { expandVariables } from './expand-variables.ts';
import type { MachineVolume } from './record.ts';
import { whyNoTarget } from './share-targets.ts';

/** podman's name for the machine's user. */
export const DEFAULT_USER = 'core';

/**
 * Reads podman's `--volume SOURCE[:TARGET[:OPTION,...]]` as often as it is given. An empty value stands for no volume
 * at all, as with podman 5. Variables are expanded, as by podman.
 * @param user the machine's user.
 * @throws PodbsdError that names the volume.
 */
export function parseVolumes(
  texts: readonly string[],
  user = DEFAULT_USER,
  env: NodeJS.ProcessEnv = process.env,
): MachineVolume[] {
  const volumes = texts.filter((text) => text !== '').map((text) => parseVolume(text, user, env));
  for (const [index, { target }] of volumes.entries())
    if (volumes.findIndex((other) => other.target === target) !== index)
      throw wrong(target, 'two volumes have this target');
  return volumes;
}

function parseVolume(text: string, user: string, env: NodeJS.ProcessEnv): MachineVolume {
  const [source = '', target = '', options = '', ...more] = expandVariables(text, env).split(':');
  if (source === '' || more.length > 0)
    throw wrong(text, 'expected SOURCE, SOURCE:TARGET or SOURCE:TARGET:OPTIONS');
  const from = resolve(source);
  const to = normalize(target === '' ? from : target).replace(/(?<=.)\/$/, '');
  if (!isAbsolute(to)) throw wrong(text, 'the target in the guest must be an absolute path');
  if (/\p{Cc}/u.test(to + from)) throw wrong(JSON.stringify(text), 'it contains a control character');
  const reason = whyNoTarget(to, user);
  if (reason !== undefined) throw wrong(text, reason);
  return { source: from, target: to, readOnly: readOptions(text, options) };
}

function readOptions(text: string, options: string): boolean {
  let readOnly = false;
  for (const option of options.split(',').filter((word) => word !== '')) {
    if (option === 'ro' || option === 'rw') readOnly = option === 'ro';
    else if (!option.startsWith('security_model='))
      throw wrong(text, `the option ${option} is not known, only ro and rw are`);
  }
  return readOnly;
}

/**
 * podman's defaults: the home directory, on macOS the folders that hold all of them. Not where one
 * would hide the keys of an account of the guest.
 */
export function defaultVolumes(
  user = DEFAULT_USER,
  platform: NodeJS.Platform = process.platform,
): MachineVolume[] {
  const folders = platform === 'darwin' ? ['/Users', '/private', '/var/folders'] : [home()];
  return folders
    .filter((folder) => whyNoTarget(folder, user) === undefined)
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
