/**
 * A program for Linux without any library: it opens the folders that are named behind its code, writes `ok` when all of
 * them are there, and otherwise ends with the number of the first that is missing. Whoever wants to change it finds its
 * assembly language by disassembling it: open (openat on arm64), write, exit.
 */
const programs = {
  amd64: {
    machine: 62,
    code: '488d1d52000000bd01000000803b007422b8020000004889dfbe0000010031d20f0585c0782748ffc3807bff0075f7ffc5ebd9b801000000bf01000000488d3512000000ba030000000f0531edb83c00000089ef0f056f6b0a',
  },
  arm64: {
    machine: 183,
    code: '33030010340080d26902403989010034600c8092e10313aa020088d2030080d2080780d2010000d46001f8b769164038e9ffff3594060091f4ffff17200080d201010010620080d2080880d2010000d4140080d2e00314aaa80b80d2010000d46f6b0a00',
  },
} as const;

export type ProbeArchitecture = keyof typeof programs;

/** Where the program is loaded; it does not depend on it. */
const base = 0x400000;
/** Of the headers: the file's, and that of the only segment. */
const start = 64 + 56;

/** @param folders absolute paths that the program is to find. */
export function linuxProbe(architecture: ProbeArchitecture, folders: readonly string[]): Buffer {
  const { machine, code } = programs[architecture];
  const names = Buffer.from([...folders.map((folder) => `${folder}\0`), '\0'].join(''));
  const body = Buffer.concat([Buffer.from(code, 'hex'), names]);
  const header = Buffer.alloc(start);
  // 64 bits, little endian, version 1, and Linux, by which FreeBSD tells whose program it is (elf(5)).
  header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 3]);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(base + start), 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  // One segment to load, readable and executable.
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(5, 68);
  for (const [offset, value] of [
    [80, base],
    [88, base],
    [96, start + body.length],
    [104, start + body.length],
    [112, 0x10000],
  ] as const)
    header.writeBigUInt64LE(BigInt(value), offset);
  return Buffer.concat([header, body]);
}
