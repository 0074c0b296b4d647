import { visible } from './entry.ts';
import { nameText, normalPath, type OverlayMember } from './scan.ts';

/** Something about an overlay that the guest would stumble over. */
export interface OverlayProblem {
  /** `error`: the guest does not work as intended. `warning`: it works, but perhaps not as meant. */
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly problem: string;
}

export interface CheckOptions {
  /** The guest cannot write the disk that the overlay lies on. */
  readonly readonlyDisk?: boolean;
}

/** What makes apk keep packages; on a disk that it cannot write it makes apk fail. */
export const CACHE_LINK = 'etc/apk/cache';

type Rule = (members: readonly OverlayMember[], options: CheckOptions) => OverlayProblem[];

/** Judges an overlay by the rules that Alpine's initramfs, apk and sshd impose. Empty when all is well. */
export function checkOverlay(
  members: readonly OverlayMember[],
  options: CheckOptions = {},
): OverlayProblem[] {
  return rules.flatMap((rule) => rule(members, options));
}

const error = (path: string, problem: string): OverlayProblem => ({ severity: 'error', path, problem });
const warning = (path: string, problem: string): OverlayProblem => ({ severity: 'warning', path, problem });

const each =
  (judge: (member: OverlayMember, path: string) => OverlayProblem | undefined): Rule =>
  (members) =>
    members
      .filter(({ kind }) => kind !== 'other')
      .map((one) => judge(one, one.path))
      .filter((found) => found !== undefined);

const names: Rule = each((member, path) => {
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

/** Global pax records and GNU's volume labels: busybox's tar goes over them. */
const UNDERSTOOD = new Set(['g', 'V']);

const kinds: Rule = (members) => {
  const files = new Set<string>();
  return members.flatMap(({ name, path, kind, linkTarget, isSparse, type }) => {
    if (kind === 'file') files.add(path);
    if (isSparse)
      return [error(name, "is stored with its holes left out, which the guest's tar cannot read")];
    if (kind === 'other' && !UNDERSTOOD.has(type))
      return [error(name, `is of a kind (${type}) that the guest's tar stops at`)];
    if (kind === 'hardlink' && !files.has(normalPath(linkTarget)))
      return [
        error(name, `is a hard link to ${linkTarget}, which does not stand before it: tar fails on it`),
      ];
    return [];
  });
};

const owners: Rule = each((member, path) => {
  const named = member.uname !== '' && member.uname !== 'root';
  if (member.uid === 0 && !named) return undefined;
  const who = `belongs to ${member.uname === '' ? '' : `${member.uname}, `}uid ${member.uid}`;
  return /^(root|etc\/ssh)(\/|$)/.test(path)
    ? error(path, `${who}: sshd refuses keys in files and folders that are not root's`)
    : /^(etc|usr|bin|sbin|lib|boot)(\/|$)/.test(path)
      ? warning(path, `${who}; the guest's system files belong to root`)
      : undefined;
});

const modes: Rule = each((member, path) => {
  const mode = `0${member.mode.toString(8)}`;
  if (/^etc\/ssh\/ssh_host_[a-z0-9]+_key$/.test(path) && (member.mode & 0o077) !== 0)
    return error(path, `has mode ${mode}: sshd refuses a host key that others can read (0600)`);
  if (member.kind !== 'symlink' && (member.mode & 0o002) !== 0 && (member.mode & 0o1000) === 0)
    return error(path, `has mode ${mode}: everybody in the guest may change it`);
  if (member.kind === 'directory' && (member.mode & 0o500) !== 0o500)
    return error(path, `has mode ${mode}: root's services cannot enter the directory`);
  if (
    member.kind !== 'directory' &&
    /^etc\/(local\.d\/[^/]+\.(start|stop)|init\.d\/[^/]+)$/.test(path) &&
    (member.mode & 0o100) === 0
  )
    return warning(path, `has mode ${mode}: OpenRC skips a script that is not executable (0755)`);
  return undefined;
});

const strays: Rule = each((_, path) => {
  const stray = strayReason(path);
  return stray === undefined ? undefined : warning(path, stray);
});

/** Why a path does not belong into an overlay; undefined when it may. */
export function strayReason(path: string): string | undefined {
  const base = path.split('/').at(-1) ?? '';
  if (base.startsWith('._')) return 'is a leftover of macOS (AppleDouble); remove it';
  if (base === '.DS_Store') return 'is a leftover of macOS; remove it';
  return /^(tmp|var\/tmp)(\/|$)/.test(path) ? 'temporary files do not belong into an overlay' : undefined;
}

/** Files of baselayout that list accounts: the overlay's copy replaces the package's as a whole. */
const accounts: Rule = each((member, path) => {
  if (!/^etc\/(passwd|group|shadow)$/.test(path) || /^root:/m.test(member.content.toString()))
    return undefined;
  return error(path, 'has no line for root; it replaces the file of the system as a whole');
});

const duplicates: Rule = (members) => {
  const seen = new Set<string>();
  return members.flatMap(({ path, kind }) => {
    if (kind === 'other') return [];
    const again = seen.has(path) && kind !== 'directory';
    seen.add(path);
    return again ? [warning(path, 'is there twice; the last one counts')] : [];
  });
};

const cache: Rule = (members, options) =>
  members
    .filter((member) => member.path === CACHE_LINK)
    .filter(() => options.readonlyDisk === true)
    .map(() =>
      error(
        CACHE_LINK,
        'points to a cache, but the disk is read-only: nothing is installed and the guest does not boot',
      ),
    );

const boot: Rule = (members) => {
  const paths = new Set(members.map((member) => member.path));
  const found: OverlayProblem[] = [];
  if (!paths.has('etc/apk/world'))
    found.push(warning('etc/apk/world', 'is missing: only alpine-base is installed, without SSH server'));
  const fstab = members.find((member) => member.path === 'etc/fstab');
  if (fstab !== undefined && !/\s\/media\/cdrom\s/.test(fstab.content.toString()))
    found.push(warning('etc/fstab', 'has no line for /media/cdrom: the boot medium stays at /media/sr0'));
  if (!paths.has('etc/ssh/ssh_host_ed25519_key'))
    found.push(
      warning('etc/ssh/ssh_host_ed25519_key', 'is missing: the guest makes new host keys at every boot'),
    );
  return found;
};

/** Without these nothing works that is not in the kernel: no device nodes, no modules, no drivers. */
const BOOT_SERVICES = ['devfs', 'modloop', 'hwdrivers'] as const;
/** With this mark the initramfs adds its default services; without it an overlay's runlevels are all there are. */
export const DEFAULT_SERVICES = 'etc/.default_boot_services';

/** The services that no runlevel has and that the initramfs does not add either. */
export function missingServices(members: readonly OverlayMember[]): string[] {
  const paths = new Set(members.map(({ path }) => path));
  if (paths.has(DEFAULT_SERVICES)) return [];
  const started = new Set([...paths].map((path) => /^etc\/runlevels\/[^/]+\/(.+)$/.exec(path)?.[1]));
  return BOOT_SERVICES.filter((service) => !started.has(service));
}

const services: Rule = (members) => {
  const missing = missingServices(members);
  if (missing.length === 0) return [];
  return [
    error(
      'etc/runlevels',
      `no runlevel has ${missing.join(', ')}, and there is no ${DEFAULT_SERVICES}: the guest boots without them`,
    ),
  ];
};

const rules: readonly Rule[] = [
  names,
  kinds,
  owners,
  modes,
  strays,
  accounts,
  duplicates,
  cache,
  boot,
  services,
];

/** The problem as a line for people. */
export function formatProblem({ severity, path, problem }: OverlayProblem): string {
  return visible(`${severity}: ${nameText(path)}: ${problem}`);
}
