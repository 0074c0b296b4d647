import { isIP } from 'node:net';
import { CommandError } from '../../host/command-error.ts';
import { ask } from '../../host/ask.ts';
import type { InstalledGuest } from './installed.ts';

/** What a guest reports about itself, one line every few seconds: image/alpine/overlay/etc/podbsd/report. */
export interface GuestReport {
  readonly addresses: readonly string[];
  readonly sshd: string;
  readonly engine: string;
}

/** `podbsd 1 addresses=192.0.2.5,2001:db8::5 sshd=ready engine=starting`; undefined for anything else. */
export function parseReport(line: string): GuestReport | undefined {
  const match = /^podbsd 1 addresses=(\S*) sshd=([a-z]+) engine=([a-z]+)$/.exec(line.trim());
  if (match === null) return undefined;
  const [, addresses = '', sshd = '', engine = ''] = match;
  return { addresses: addresses.split(',').filter((text) => isIP(text) !== 0), sshd, engine };
}

/** Listens on the guest's port until a report arrives; undefined when none does in time (seconds). */
export async function readReport(
  { site, paths }: InstalledGuest,
  limit = 8,
): Promise<GuestReport | undefined> {
  if (!site.host.answers || (await site.host.stat(paths.reportSocket)) === undefined) return undefined;
  const heard = new AbortController();
  let report: GuestReport | undefined;
  try {
    await site.host.run(['nc', '-d', '-U', paths.reportSocket], {
      readOnly: true,
      timeoutMs: limit * 1000,
      signal: heard.signal,
      onLine: (line) => {
        report ??= parseReport(line);
        if (report !== undefined) heard.abort();
      },
    });
  } catch (error) {
    // nc ends only because we stop it, or because the guest is going down.
    if (!(error instanceof CommandError)) throw error;
  }
  return report;
}

/**
 * The address at which the guest can be reached: the fixed one, what it reports, or the ARP entry of this host for its
 * MAC address.
 */
export async function guestAddress(
  installed: InstalledGuest,
  report?: GuestReport,
): Promise<string | undefined> {
  const { guest, site } = installed;
  if (guest.address !== undefined) return guest.address;
  if (!site.host.answers) return guest.hostname;
  const [reported] = (report ?? (await readReport(installed)))?.addresses ?? [];
  if (reported !== undefined) return reported;
  const table = (await ask(site.host, ['arp', '-an'])) ?? '';
  const line = table.split('\n').find((row) => row.includes(` at ${guest.mac} `));
  return /\(([0-9.]+)\)/.exec(line ?? '')?.[1];
}
