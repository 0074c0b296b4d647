import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { AlpineConfig } from '../config/alpine.ts';

/** What the vm-bhyve configuration needs besides the [alpine] table. */
export interface VmConfInput {
  readonly config: AlpineConfig;
  readonly uuid: string;
  readonly mac: string;
  /** Absolute path of the ISO image on the FreeBSD host. */
  readonly iso: string;
}

/** Names of the disks in the guest's folder. */
export const OVERLAY_DISK = 'apkovl.img';
export const DATA_DISK = 'data.img';
/** Name of the virtio port on which the guest reports; bhyve's socket is `vtcon.podbsd` in the guest's folder. */
export const REPORT_PORT = 'podbsd';

/** PCI slot of the first eight shares. vm-bhyve counts up from 4, LPC is at 31. */
const FIRST_SHARE_SLOT = 28;

/** The guest's configuration for vm-bhyve as keys and values, in the order in which they are written. */
export function vmSettings(input: VmConfInput): [key: string, value: string][] {
  const { config } = input;
  const settings: [string, string][] = [
    ['loader', 'grub'],
    ['cpu', String(config.cpus)],
    ['memory', config.memory],
    ['uuid', input.uuid],
    ['network0_type', 'virtio-net'],
    ['network0_switch', config.switch],
    ['network0_mac', input.mac],
    ['disk0_type', 'ahci-cd'],
    ['disk0_dev', 'custom'],
    ['disk0_name', input.iso],
    ['disk1_type', 'virtio-blk'],
    ['disk1_name', OVERLAY_DISK],
  ];
  if (config.overlay_readonly) settings.push(['disk1_opts', 'ro']);
  if (config.data_disk !== 'none') settings.push(['disk2_type', 'virtio-blk'], ['disk2_name', DATA_DISK]);
  settings.push(
    ['grub_run0', 'set root=(hd0)'],
    [
      'grub_run1',
      'linux /boot/vmlinuz-virt modules=loop,squashfs,sd-mod,usb-storage quiet console=tty0 console=ttyS0,115200',
    ],
    ['grub_run2', 'initrd /boot/initramfs-virt'],
    ['virt_random', 'yes'],
    ['virt_console0', REPORT_PORT],
  );
  const shares = config.shares.map((share, index) => {
    const slot = `${FIRST_SHARE_SLOT - Math.floor(index / 8)}:${index % 8}`;
    return `-s ${slot},virtio-9p,${share.tag}=${share.source}${share.readonly ? ',ro' : ''}`;
  });
  if (shares.length > 0) settings.push(['bhyve_options', shares.join(' ')]);
  return settings;
}

/**
 * Writes a vm-bhyve configuration. vm-bhyve reads it with grep and awk, but edits it with sysrc(8), which refuses a
 * file that sh(1) cannot parse: so it is valid sh, and no value holds a character that either of them treats
 * specially (vm-bhyve cuts at `#` even inside quotes and deletes every `"`).
 */
export function formatVmConf(settings: readonly (readonly [key: string, value: string])[]): string {
  const seen = new Set<string>();
  const lines = settings.map(([key, value]) => {
    const fault = !/^[a-z][a-z0-9_]*$/.test(key)
      ? 'is not a key of vm-bhyve'
      : seen.has(key)
        ? 'is set twice'
        : /["#$`\\]|[^ -~]| $/.test(value)
          ? `cannot have the value ${JSON.stringify(value)}`
          : undefined;
    if (fault !== undefined) throw invalid(key, fault);
    seen.add(key);
    return `${key}="${value}"\n`;
  });
  return lines.join('');
}

/** Replaces the value of one key in a configuration text; everything else stays as it is. */
export function replaceSetting(conf: string, key: string, value: string): string {
  const line = formatVmConf([[key, value]]);
  const pattern = new RegExp(`^${key}=.*\n?`, 'm');
  return pattern.test(conf) ? conf.replace(pattern, () => line) : conf.replace(/\n?$/, '\n') + line;
}

/** The value of a key as vm-bhyve reads it (lib/vm-config, config::load and config::get). */
export function readSetting(conf: string, key: string): string | undefined {
  for (const line of conf.split('\n')) {
    if (!/^[a-z]/.test(line)) continue;
    const plain = (line.split('#')[0] ?? '').replace(/ *$/, '').replaceAll('"', '');
    const equals = plain.indexOf('=');
    if (equals !== -1 && plain.slice(0, equals) === key) return plain.slice(equals + 1);
  }
  return undefined;
}

function invalid(key: string, fault: string): PodbsdError {
  return new PodbsdError({
    doing: 'writing the configuration for vm-bhyve',
    problem: `${key} ${fault}`,
    remedy: 'change the value in the [alpine] table of podbsd.toml',
    exitCode: ExitCode.config,
  });
}
