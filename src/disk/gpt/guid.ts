/** The partition types that podbsd meets, in the usual text form. */
export const partitionType = {
  efi: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  freebsdBoot: '83bd6b9d-7f41-11dc-be0b-001560b84f0f',
  freebsdSwap: '516e7cb5-6ecf-11d6-8ff8-00022d09712b',
  freebsdUfs: '516e7cb6-6ecf-11d6-8ff8-00022d09712b',
  freebsdZfs: '516e7cba-6ecf-11d6-8ff8-00022d09712b',
  linuxFilesystem: '0fc63daf-8483-4772-8e79-3d69d8477de4',
} as const;

/** On disk the first three groups of a GUID are little-endian, the last two big-endian. */
export function readGuid(bytes: Buffer, offset: number): string {
  const hex = (start: number, end: number): string => bytes.toString('hex', offset + start, offset + end);
  const group = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  return [
    group(bytes.readUInt32LE(offset), 8),
    group(bytes.readUInt16LE(offset + 4), 4),
    group(bytes.readUInt16LE(offset + 6), 4),
    hex(8, 10),
    hex(10, 16),
  ].join('-');
}

/** @throws Error when the text is not a GUID. */
export function writeGuid(guid: string, bytes: Buffer, offset: number): void {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(guid)) throw new Error(`not a GUID: ${guid}`);
  const plain = Buffer.from(guid.replaceAll('-', ''), 'hex');
  plain.copy(bytes, offset);
  bytes.writeUInt32LE(plain.readUInt32BE(0), offset);
  bytes.writeUInt16LE(plain.readUInt16BE(4), offset + 4);
  bytes.writeUInt16LE(plain.readUInt16BE(6), offset + 6);
}
