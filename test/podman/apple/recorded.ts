import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/ground/assets.ts';

const folder = join(packageRoot, 'test', 'fixtures', 'apple');

/** Clients whose Apple providers were built for Linux and recorded: `5.8.3-applehv`. */
export const recordedClients = [
  '5.4.2-applehv',
  '5.4.2-libkrun',
  '5.8.3-applehv',
  '5.8.3-libkrun',
  '6.0.0-rc1-applehv',
  '6.0.0-rc1-libkrun',
] as const;
export type RecordedClient = (typeof recordedClients)[number];

const debug = 'debug, first-boot (from the debug log, split at blanks)';
export type RecordedLine = 'first-boot' | 'second-boot' | 'gvproxy' | typeof debug;
export { debug as debugLine };

const lines = JSON.parse(readFileSync(join(folder, 'argv', 'argv.json'), 'utf8')) as Record<
  RecordedClient,
  Partial<Record<RecordedLine, string[]>>
>;

/** The words after the program's name. */
export function recordedWords(client: RecordedClient, line: RecordedLine): string[] {
  const words = lines[client][line]?.slice(1) ?? [];
  // The debug runs were recorded with another machine.
  return words.map((word) => word.replaceAll('/dv', '/tm').replaceAll('efi-bl-dv', 'efi-bl-tm'));
}

export function recordedConfig(client: RecordedClient): string {
  return readFileSync(join(folder, 'ignition', `${client}.ign`), 'utf8');
}

export function recordedDescription(client: RecordedClient): string {
  return readFileSync(join(folder, 'machine-json', `${client}.json`), 'utf8');
}

/** podman 4.9.5 as its source has it: other names of sockets, another order, no name in the variable store. */
export function words495(home: string, tmp: string): string[] {
  const data = `${home}/.local/share/containers/podman/machine/applehv`;
  return [
    ...['--cpus', '2', '--memory', '2048'],
    ...['--bootloader', `efi,variable-store=${data}/tms,create`],
    ...['--device', `virtio-blk,path=${data}/tm_fedora-coreos-39.aarch64.raw`, '--device', 'virtio-rng'],
    ...['--device', `virtio-serial,logFilePath=${data}/tm.log`],
    ...['--device', `virtio-vsock,port=1025,socketURL=${tmp}/podman/tm_ready.sock,listen`],
    ...['--device', `virtio-net,unixSocketPath=${tmp}/podman/gvproxy.sock,mac=5a:94:ef:e4:0c:ee`],
    ...['--device', `virtio-fs,sharedDir=${home}/a, b,mountTag=b2d90fabe01e12293e5d3230bf30fdbaf68f`],
    ...['--restful-uri', 'tcp://localhost:41234'],
    ...['--device', `virtio-vsock,port=1024,socketURL=${data}/ignition.sock,listen`],
  ];
}
