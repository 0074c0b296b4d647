import { basename, dirname, join } from 'node:path';
import { parseQemuOptions } from './qemu-options.ts';

/** A virtio-fs device of podman 5.2 and later: `-chardev socket,id=...,path=...` with `-device vhost-user-fs-pci,...`. */
export interface VirtiofsDevice {
  /** The socket that virtiofsd listens on. */
  readonly socket: string;
  /** Identifier of the character device, `virtiofschar0`. */
  readonly chardev: string;
  /** First 36 hexadecimal digits of the SHA-256 of the target folder. */
  readonly tag: string;
}

/** What a QEMU command line of podman's tells about its machine. */
export interface MachineCommandLine {
  /** The machine's disk. */
  readonly disk: string | undefined;
  /** The machine's name, and podman's own description of it. Read off the place of its Ignition file. */
  readonly name: string | undefined;
  readonly machineFile: string | undefined;
  readonly virtiofs: readonly VirtiofsDevice[];
  /** podman 5.0 or later: its network is a stream socket instead of descriptor 3. */
  readonly since5: boolean;
}

/** Options of podman's that take an argument are all there is to know: each begins with one dash. */
export function readCommandLine(argv: readonly string[]): MachineCommandLine {
  const given = argv.flatMap((word, index) => {
    const value = argv[index + 1];
    return word.startsWith('-') && value !== undefined ? [{ option: word.slice(1), value }] : [];
  });
  const all = (option: string) =>
    given.filter((entry) => entry.option === option).map(({ value }) => parseQemuOptions(value));

  const ignition = all('fw_cfg')
    .find(({ values }) => values.get('name') === 'opt/com.coreos/config')
    ?.values.get('file');
  const name = ignition === undefined ? undefined : basename(ignition, '.ign');
  const sockets = new Map(
    all('chardev')
      .filter(({ kind }) => kind === 'socket')
      .map(({ values }) => [values.get('id'), values.get('path')] as const),
  );
  return {
    disk: all('drive')
      .find(({ values }) => values.get('if') === 'virtio')
      ?.values.get('file'),
    name,
    machineFile:
      ignition === undefined || name === undefined ? undefined : join(dirname(ignition), `${name}.json`),
    since5: all('netdev').some(({ kind }) => kind === 'stream'),
    virtiofs: all('device').flatMap(({ kind, values }) => {
      const chardev = values.get('chardev');
      const tag = values.get('tag');
      const socket = sockets.get(chardev);
      if (kind !== 'vhost-user-fs-pci' || chardev === undefined || tag === undefined || socket === undefined)
        return [];
      return [{ socket, chardev, tag }];
    }),
  };
}
