import { createHash } from 'node:crypto';
import { ExitCode, PodbsdError } from '../ground/errors.ts';

/** Namespace of podbsd's guests for version 5 UUIDs (RFC 9562, 5.5); itself the v5 UUID of "podbsd" in the DNS space. */
const NAMESPACE = uuid5(Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex'), 'podbsd');

/**
 * The guest's fixed UUID. It is derived from the name, so that the same guest made again is the same machine, and
 * vm-bhyve never has to write one into its configuration.
 */
export function guestUuid(name: string): string {
  return formatUuid(uuid5(NAMESPACE, name.toLowerCase()));
}

/** The guest's fixed MAC address, in the range that vm-bhyve uses: 58:9c:fc:0x:xx:xx. */
export function guestMac(name: string): string {
  const hex = createHash('sha256').update(`podbsd mac ${name.toLowerCase()}`).digest('hex');
  return `58:9c:fc:0${hex.slice(0, 1)}:${hex.slice(1, 3)}:${hex.slice(3, 5)}`;
}

/** A 32-bit number for the disk signature and the FAT serial number, derived from the name. */
export function diskSerial(name: string): number {
  return createHash('sha256').update(`podbsd disk ${name.toLowerCase()}`).digest().readUInt32BE(0);
}

/** Refuses names that vm-bhyve refuses, or that could be taken for an option or a path. */
export function checkGuestName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,28}[a-z0-9]$/.test(name)) return name;
  throw new PodbsdError({
    doing: `looking at the guest name "${name}"`,
    problem:
      'a name has 2 to 30 lower-case letters and digits, and - between them (30 is the limit of bhyve before FreeBSD 13)',
    exitCode: ExitCode.usage,
  });
}

function uuid5(namespace: Buffer, name: string): Buffer {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes;
}

function formatUuid(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
