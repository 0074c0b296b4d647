import * as z from 'zod';
import { isTimeZone } from '../ground/time-zone.ts';
import { proxy, staticNetwork } from './alpine-network.ts';
import { share } from './alpine-share.ts';
import { isWholeKey } from './alpine-values.ts';
import { absolutePath, wholeNumber } from './types.ts';

/**
 * Values of the [alpine] table are written into files that OpenRC, sh(1) or vm-bhyve read, so their characters are
 * limited.
 */

const hostname = z
  .string()
  .max(63, 'a host name has at most 63 characters')
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    'a host name has lower-case letters and digits, and - between them',
  );

const publicKey = z
  .string()
  .regex(
    /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com) [A-Za-z0-9+/]+={0,2}( [^\r\n]*)?$/,
    {
      error: 'expected one line of an OpenSSH public key file, like "ssh-ed25519 AAAA... name"',
      abort: true,
    },
  )
  .refine(isWholeKey, 'the key is damaged or cut short; copy the whole line of the .pub file');

const size = z
  .string()
  .regex(/^[1-9]\d*[MGT]$/, { error: 'expected a number with unit M, G or T, like 20G', abort: true });

/** The [alpine] table: one Linux guest under bhyve. */
export const alpineSchema = z
  .strictObject({
    hostname: hostname
      .optional()
      .describe('Host name of the guest. Default: the name given on the command line.'),
    cpus: wholeNumber(1, 128, 'bhyve gives a guest no more').default(2).describe('Virtual processors.'),
    memory: size
      .refine((text) => megabytes(text) >= 128, 'must be at least 128M, or Alpine does not boot from memory')
      .default('2G')
      .describe('Memory. Half of it may be used by files, because the guest runs from memory.'),
    engine: z
      .enum(['podman', 'docker', 'none'])
      .default('podman')
      .describe('Container engine that the guest runs.'),
    packages: z
      .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'expected the name of an Alpine package'))
      .default([])
      .describe('Alpine packages to install beside those that podbsd needs.'),
    ssh_authorized_keys: z
      .array(publicKey)
      .default([])
      .describe(
        'Public keys that may log in as root. With none, podbsd makes a key of its own and keeps it.',
      ),
    timezone: z
      .string()
      .regex(/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/, {
        error: 'expected a time zone like Europe/Berlin',
        abort: true,
      })
      .refine(isTimeZone, 'there is no time zone of this name; expected one like Europe/Berlin')
      .default('UTC')
      .describe('Time zone of the guest.'),
    network: z
      .union([z.literal('dhcp'), staticNetwork], { error: 'expected "dhcp" or a table [alpine.network]' })
      .default('dhcp')
      .describe('"dhcp", or a table with address, gateway, dns and search.'),
    proxy: proxy.prefault({}).describe('Proxies for package downloads and for the container engine.'),
    shares: z
      .array(share)
      .max(16)
      .default([])
      .describe('Folders of the FreeBSD host that the guest sees (9P).'),
    data_disk: z
      .union([size, z.literal('none')])
      .default('20G')
      .describe(
        'Disk that keeps containers and images; it grows only as it fills. "none": they live in memory.',
      ),
    overlay_disk: size
      .refine((text) => megabytes(text) >= 33, 'must be at least 33M')
      .refine((text) => megabytes(text) <= 32 * 1024, 'must be at most 32G')
      .default('512M')
      .describe('Disk that holds the overlay and the cache of downloaded packages.'),
    overlay_readonly: z
      .boolean()
      .default(false)
      .describe(
        'The guest cannot write its overlay disk: nothing of it survives, packages are fetched at every boot.',
      ),
    branch: z
      .string()
      .regex(/^(latest-stable|v\d+\.\d+)$/, 'expected latest-stable or a branch like v3.24')
      .default('latest-stable')
      .describe('Alpine branch that the ISO image and the packages are taken from.'),
    mirror: z
      .string()
      .regex(/^https?:\/\/[A-Za-z0-9._~:@%/[\]-]+[^/]$/, 'expected a URL without a trailing /')
      .default('https://dl-cdn.alpinelinux.org/alpine')
      .describe('Where Alpine is downloaded from.'),
    vm_dir: absolutePath
      .default('/vm')
      .describe("vm-bhyve's folder on the FreeBSD host, when it is not set up yet."),
    dataset: z
      .string()
      .regex(
        /^[A-Za-z][A-Za-z0-9_.-]*(\/[A-Za-z0-9][A-Za-z0-9_.-]*)+$/,
        'expected a ZFS dataset like zroot/vm',
      )
      .default('zroot/vm')
      .describe('ZFS dataset that is made for vm-bhyve, when it is not set up yet.'),
    switch: z
      .string()
      .regex(
        /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,10}[a-zA-Z0-9])?$/,
        'a switch name has 1 to 12 letters and digits, and - between them',
      )
      .default('public')
      .describe('Virtual switch of vm-bhyve.'),
    interface: z
      .string()
      .regex(/^[a-z][a-z0-9_.]*$/, 'expected an interface like em0')
      .optional()
      .describe('Network card that a new switch is bridged to. Default: that of the default route.'),
  })
  .superRefine((value, context) => {
    const twice = (key: 'tag' | 'target'): void => {
      const seen = new Set<string>();
      for (const [index, item] of value.shares.entries()) {
        if (seen.has(item[key]))
          context.addIssue({ code: 'custom', path: ['shares', index, key], message: 'is used twice' });
        seen.add(item[key]);
      }
    };
    twice('tag');
    twice('target');
    const data = value.data_disk === 'none' ? undefined : dataFolder(value.engine);
    for (const [index, { target }] of value.shares.entries())
      if (target === data)
        context.addIssue({
          code: 'custom',
          path: ['shares', index, 'target'],
          message: 'is where the data disk is mounted; choose another folder, or set data_disk = "none"',
        });
  });

export type AlpineConfig = z.infer<typeof alpineSchema>;

/** Where the engine keeps containers and images; also the mount point of the data disk. */
export function dataFolder(engine: AlpineConfig['engine']): string {
  return { podman: '/var/lib/containers', docker: '/var/lib/docker', none: '/srv/data' }[engine];
}

/** The megabytes (2^20 bytes) in a size like `512M`, `20G` or `1T`. */
export function megabytes(text: string): number {
  const unit = { M: 1, G: 1024, T: 1024 * 1024 }[text.slice(-1)];
  return Number(text.slice(0, -1)) * (unit ?? Number.NaN);
}
