import type { File, Placed } from '../config/types.ts';
import { nameOf } from '../freebsd/paths.ts';
import { isLinuxSetting, readSettings } from '../freebsd/sysctl-files.ts';
import { decodeUtf8 } from '../utf8.ts';
import type { Facts } from './facts.ts';
import { doing, joined, skipping } from './parts.ts';
import type { EnsureFile, Plan, Skipped } from './steps.ts';

const hostName = /^(?=.{1,253}$)(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!$)|$))+$/;

/**
 * Files that are read elsewhere on FreeBSD, or in another form, than where a Linux system has them. Undefined for all
 * others.
 */
export function planSpecialFile(file: Placed<File>, facts: Facts): Plan | undefined {
  const skip = (reason: string): Plan => skipping({ pointer: file.pointer, what: file.path, reason });
  if (file.path === '/etc/hostname') return planHostName(wholeText(file, facts), file, skip);
  if (file.path === '/etc/resolv.conf')
    return namesOnlyStub(wholeText(file, facts))
      ? skip('it names the resolver of systemd, and the guest could not resolve names')
      : undefined;
  if (file.path === '/etc/ssh/sshd_config')
    return doing(checked(file, { path: file.path, mode: file.mode ?? 0o644, check: 'sshd-whole' }));
  if (file.path === '/etc/fstab' && namesLinuxFileSystems(wholeText(file, facts)))
    return skip('it names file systems as Linux does, and FreeBSD would not start with it');
  const [, folder, name] =
    /^(\/etc\/(?:sudoers|ssh\/sshd_config|sysctl|profile)\.d)\/([^/]+)$/.exec(file.path) ?? [];
  switch (folder) {
    case '/etc/sudoers.d':
      return planSudoers(file, name ?? '', skip);
    case '/etc/ssh/sshd_config.d':
      if (name?.endsWith('.conf') !== true) return skip('sshd reads only files whose names end in .conf');
      return doing(checked(file, { path: file.path, mode: file.mode ?? 0o600, check: 'sshd' }));
    case '/etc/profile.d':
      if (name?.endsWith('.sh') !== true) return skip('the shell reads only files whose names end in .sh');
      return doing(checked(file, { path: file.path, mode: file.mode ?? 0o644, check: 'sh' }));
    case '/etc/sysctl.d':
      if (name?.endsWith('.conf') !== true) return skip('only files whose names end in .conf are read');
      return planSettings(file, name, facts);
    default:
      return undefined;
  }
}

function planHostName(text: string, file: Placed<File>, skip: (reason: string) => Plan): Plan {
  const name = text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'));
  if (name === undefined) return skip('it contains no name');
  if (!hostName.test(name)) return skip(`${JSON.stringify(name.slice(0, 80))} cannot be the name of a host`);
  return doing({ kind: 'hostname', name, pointer: file.pointer, optional: true });
}

/** sudo(8) leaves out names with a dot and those of backups; two names are podbsd's own. */
function planSudoers(file: Placed<File>, name: string, skip: (reason: string) => Plan): Plan {
  if (name.includes('.') || name.endsWith('~')) return skip('sudo reads no file with such a name');
  if (name === 'podbsd' || name === 'podbsd-path') return skip('podbsd has a file of this name itself');
  return doing(checked(file, { path: `/usr/local/etc/sudoers.d/${name}`, mode: 0o440, check: 'sudo' }));
}

function checked(file: Placed<File>, parts: Pick<EnsureFile, 'path' | 'mode' | 'check'>): EnsureFile {
  const contents = file.contents?.source === undefined ? {} : { contents: file.contents };
  return {
    kind: 'file',
    pointer: file.pointer,
    user: 'root',
    group: undefined,
    append: file.append,
    optional: true,
    ...contents,
    ...parts,
  };
}

function planSettings(file: Placed<File>, name: string, facts: Facts): Plan {
  const settings = readSettings(wholeText(file, facts));
  const isKnown = ({ name: key }: { name: string }): boolean => !isLinuxSetting(key) && facts.hasSetting(key);
  const known = settings.filter(isKnown);
  const skipped = settings
    .filter((setting) => !isKnown(setting))
    .map((setting): Skipped => ({
      pointer: file.pointer,
      what: `${file.path}: ${setting.name}`,
      reason: 'FreeBSD has no such setting; see sysctl(8)',
    }));
  return joined(
    { steps: [], skipped },
    known.length === 0
      ? joined()
      : doing({ kind: 'sysctl', source: name, settings: known, pointer: file.pointer, optional: true }),
  );
}

/** The address at which systemd-resolved answers on Linux; nobody answers there on FreeBSD. */
function namesOnlyStub(text: string): boolean {
  const servers = text.split('\n').filter((line) => /^\s*nameserver\s/.test(line));
  return servers.length > 0 && servers.every((line) => /\s127\.0\.0\.5[34]\s*$/.test(line));
}

/** fstab(5): FreeBSD knows neither these names of devices nor these types. */
function namesLinuxFileSystems(text: string): boolean {
  return text.split('\n').some((line) => {
    const [device = '', , type = ''] = line.trim().split(/\s+/);
    if (device.startsWith('#')) return false;
    const isLinuxDevice =
      /^(?:UUID|LABEL|PARTUUID|PARTLABEL|ID)=|^\/dev\/(?:[hsv]d[a-z]|nvme\d+n|mapper\/|disk\/by-)/;
    return isLinuxDevice.test(device) || /^(?:btrfs|ext[234]|vfat|virtiofs|xfs|9p)$/.test(type);
  });
}

/** Contents and what is appended, as they will be in the file. Unusable contents were refused before. */
function wholeText(file: File, facts: Facts): string {
  return [file.contents, ...file.append]
    .map((resource) => (resource === undefined ? '' : facts.contents(resource)))
    .map((content) => (typeof content === 'string' ? content : decodeUtf8(content)))
    .join('');
}

/** Of a link in the place of the resolver's file. */
export function whyNoResolver(target: string, written: readonly string[]): string | undefined {
  if (written.includes(target)) return undefined;
  return `${nameOf(target)} belongs to the resolver of another system, and the guest could not resolve names`;
}
