import { isIP } from 'node:net';
import * as z from 'zod';
import { isReachable } from './alpine-values.ts';

const ipAddress = z.string().refine((text) => isIP(text) !== 0, {
  error: 'expected an IP address',
  abort: true,
});

const cidr = z.string().refine(
  (text) => {
    const [address = '', length = '', ...rest] = text.split('/');
    const family = address.includes('%') ? 0 : isIP(address);
    return (
      family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(length) && +length <= (family === 4 ? 32 : 128)
    );
  },
  { error: 'expected an address with its prefix length, like 192.0.2.10/24', abort: true },
);

/** The [alpine.network] table: what DHCP would have told the guest. */
export const staticNetwork = z
  .strictObject({
    address: cidr.describe('Address and prefix length of the guest, like 192.0.2.10/24.'),
    gateway: ipAddress.describe('Default router.'),
    dns: z.array(ipAddress).min(1).max(3).describe('Name servers.'),
    search: z
      .string()
      .regex(/^[A-Za-z0-9.-]+$/, 'expected a domain name')
      .optional()
      .describe('Domain that short names are looked up in.'),
  })
  .refine(({ address, gateway }) => isIP(address.replace(/\/.*/, '')) === isIP(gateway), {
    path: ['gateway'],
    error: 'must be of the same kind as address, IPv4 or IPv6',
    abort: true,
  })
  .refine(({ address, gateway }) => isReachable(gateway, address), {
    path: ['gateway'],
    error: 'is not in the network of address, so that the guest could not reach it',
  });

const proxyUrl = z
  .string()
  .regex(/^https?:\/\/[A-Za-z0-9._~:@%/[\]-]+$/, 'expected a URL like http://proxy.example.org:3128');

/** The [alpine.proxy] table. */
export const proxy = z.strictObject({
  http: proxyUrl.optional().describe('Proxy for http.'),
  https: proxyUrl.optional().describe('Proxy for https.'),
  none: z
    .string()
    .regex(/^[A-Za-z0-9._:/*,-]+$/, 'expected host names and networks separated by commas')
    .optional()
    .describe('Hosts and networks that are reached without a proxy, separated by commas.'),
});
