import type { Attachment } from './request.ts';

/** What is known of one attachment: the lines of the hosts file that belong to it. */
export interface Entry {
  readonly container: string;
  readonly ifname: string;
  readonly addresses: readonly string[];
  /** Without the domain. */
  readonly names: readonly string[];
}

/**
 * The names of a network in the form that dnsmasq reads, with a comment above each container's lines that names the
 * container. The first name of a line is the one that addresses are resolved to.
 */
export function formatHosts(entries: readonly Entry[], domain: string): string {
  return entries
    .flatMap(({ container, ifname, addresses, names }) => {
      const all = names.flatMap((name) => [`${name}.${domain}`, name]).join(' ');
      return [`# ${container} ${ifname}`, ...addresses.map((address) => `${address} ${all}`.trim())];
    })
    .map((line) => `${line}\n`)
    .join('');
}

/** Reads what formatHosts has written. */
export function parseHosts(text: string): Entry[] {
  const entries: { container: string; ifname: string; addresses: string[]; names: string[] }[] = [];
  for (const line of text.split('\n')) {
    const [first = '', ...rest] = line.split(' ');
    if (first === '#') {
      entries.push({ container: rest[0] ?? '', ifname: rest[1] ?? '', addresses: [], names: [] });
      continue;
    }
    const entry = entries.at(-1);
    if (entry === undefined || first === '') continue;
    entry.addresses.push(first);
    // Each name stands there twice: with the domain and without.
    entry.names = rest.filter((_, index) => index % 2 === 1);
  }
  return entries;
}

export function isOf(entry: Entry, { container, ifname }: Attachment): boolean {
  return entry.container === container && entry.ifname === ifname;
}
