import { BlockList, isIPv6 } from 'node:net';

/** Checks of [alpine] values beyond their characters: a wrong value can make a guest unreachable. */

/**
 * Whether the base64 of a public key is whole: a sequence of length-prefixed strings, the first of which names the type
 * (RFC 4253, 6.6). A key that was cut while it was copied is not.
 */
export function isWholeKey(line: string): boolean {
  const [type = '', base64 = ''] = line.split(' ');
  const blob = Buffer.from(base64, 'base64');
  const strings: Buffer[] = [];
  for (let offset = 0; offset < blob.length;) {
    if (offset + 4 > blob.length) return false;
    const end = offset + 4 + blob.readUInt32BE(offset);
    if (end > blob.length) return false;
    strings.push(blob.subarray(offset + 4, end));
    offset = end;
  }
  return strings.length >= 2 && strings[0]?.toString() === type;
}

/** Whether a host with this address and prefix length (`192.0.2.10/24`) has the gateway on its own network. */
export function isReachable(gateway: string, address: string): boolean {
  const [net = '', length = ''] = address.split('/');
  const family = isIPv6(gateway) ? 'ipv6' : 'ipv4';
  const wire = new BlockList();
  wire.addSubnet(net, Number(length), family);
  // Every IPv6 interface has the link-local network, too.
  wire.addSubnet('fe80::', 64, 'ipv6');
  return wire.check(gateway, family);
}

/** Whether a folder of the guest can be covered by a share without taking something from the system. */
export function isFreeFolder(path: string): boolean {
  return (
    !/^\/(etc|dev|proc|sys|run|bin|sbin|lib|lib64|usr|boot|media|tmp|root|\.modloop)(\/|$)/.test(path) &&
    !/^\/var(\/(cache|empty|lock|log|run|spool|tmp)(\/.*)?|\/lib)?$/.test(path)
  );
}
