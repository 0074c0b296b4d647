import podman43 from './ignition/podman-4.3.json' with { type: 'json' };
import podman54 from './ignition/podman-5.4.json' with { type: 'json' };
import podman60 from './ignition/podman-6.0.json' with { type: 'json' };
import { shareTag } from './share.ts';

/**
 * The clients whose configs differ in what a guest must do: 4.3.1 and 5.4.2 mount over SSH and set proxies through
 * fw_cfg or a script; 6.0 has mount units and another marker file.
 */
export type IgnitionEra = '4.3' | '5.4' | '6.0';

/** What `podman machine init` puts into a machine's Ignition config. */
export interface IgnitionOptions {
  readonly era: IgnitionEra;
  /** The machine's user, `core` unless `--username` was given. */
  readonly user: string;
  /** The user's uid on the host, which the guest user must have too. */
  readonly uid: number;
  /** One line of authorized_keys. */
  readonly publicKey: string;
  readonly rootful: boolean;
  /** A name below /usr/share/zoneinfo, e.g. `Europe/Berlin`. */
  readonly timezone: string;
  /** Folders of the host; only podman 6 names them here, as mount units. */
  readonly volumes: readonly {
    readonly target: string;
    /** podman itself does not say it here; the guest agent takes it from the unit's options. */
    readonly readOnly?: boolean;
  }[];
}

/** The parts of a config that this module changes; everything else is as podman wrote it. */
interface ConfigTemplate {
  passwd: { users: { name: string; uid?: number; [key: string]: unknown }[] };
  systemd: { units: { name: string; [key: string]: unknown }[] };
}

// Written by real clients; only names, keys and paths of the machine are replaced by {{placeholders}}.
const templates: Readonly<Record<IgnitionEra, ConfigTemplate>> = {
  '4.3': podman43,
  '5.4': podman54,
  '6.0': podman60,
};

/** The groups that podman names for a user that is not `core` (4.9 and later; 4.3.1 names none). */
const OTHER_USER_GROUPS = ['sudo', 'adm', 'wheel', 'systemd-journal'];

/** The Ignition config that podman of this era would write for this machine, as JSON text. */
export function ignitionConfig(options: IgnitionOptions): string {
  const config = fillIn(structuredClone(templates[options.era]), placeholders(options)) as ConfigTemplate;
  for (const user of config.passwd.users) if (user.name === options.user) user.uid = options.uid;
  if (options.user !== 'core' && options.era !== '4.3') {
    for (const user of config.passwd.users)
      if (user.name === options.user) user['groups'] = OTHER_USER_GROUPS;
    config.passwd.users.push({ name: 'core', shouldExist: false });
  }
  if (options.era === '6.0' && options.volumes.length > 0) {
    config.systemd.units.push(...options.volumes.map(mountUnit), ...immutableRoot);
  }
  return JSON.stringify(config);
}

function placeholders(options: IgnitionOptions): ReadonlyMap<string, string> {
  const socket = options.rootful ? '/run/podman/podman.sock' : `/run/user/${options.uid}/podman/podman.sock`;
  return new Map([
    ['user', options.user],
    ['key', options.publicKey],
    ['timezone', options.timezone],
    ['socket', encodeURIComponent(socket)],
  ]);
}

/** Replaces the placeholders in every string of a JSON value. */
function fillIn(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string')
    return value.replace(/\{\{(\w+)\}\}/g, (found, name: string) => values.get(name) ?? found);
  if (Array.isArray(value)) return value.map((item) => fillIn(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item, values)]));
}

/** podman 6.0.0-rc1 gives volumes as mount units; its own units do not say whether one is read-only. */
function mountUnit({
  target,
  readOnly = false,
}: IgnitionOptions['volumes'][number]): ConfigTemplate['systemd']['units'][number] {
  const contents = [
    '[Mount]',
    `What=${shareTag(target)}`,
    `Where=${target}`,
    'Type=virtiofs',
    `Options=context="system_u:object_r:nfs_t:s0"${readOnly ? ',ro' : ''}`,
    '',
    '[Install]',
    'WantedBy=local-fs.target',
    '',
  ].join('\n');
  return { contents, enabled: true, name: `${unitNameOf(target)}.mount` };
}

/** systemd's name for a path: `systemd-escape --path`. */
function unitNameOf(path: string): string {
  const escaped = (text: string): string =>
    [...Buffer.from(text)]
      .map((byte, index) => {
        const char = String.fromCharCode(byte);
        if (char === '/') return '-';
        if (/[A-Za-z0-9:_]/.test(char) || (char === '.' && index > 0)) return char;
        return `\\x${byte.toString(16).padStart(2, '0')}`;
      })
      .join('');
  return escaped(path.replace(/^\/+|\/+$/g, '').replace(/\/+/g, '/'));
}

const immutableRoot = ['off', 'on'].map((state) => ({
  contents: [
    '[Unit]',
    ...(state === 'off'
      ? ['Description=Allow systemd to create mount points on /', 'DefaultDependencies=no']
      : [
          'Description=Set / back to immutable after mounts are done',
          'DefaultDependencies=no',
          'After=local-fs.target',
        ]),
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=chattr ${state === 'off' ? '-i' : '+i'} /`,
    '',
    '[Install]',
    state === 'off' ? 'WantedBy=local-fs-pre.target' : 'WantedBy=local-fs.target',
    '',
  ].join('\n'),
  enabled: true,
  name: `immutable-root-${state}.service`,
}));
