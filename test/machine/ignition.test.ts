import { describe, expect, it } from 'vitest';
import { machineIgnition } from '../../src/machine/ignition.ts';
import type { Machine } from '../../src/machine/record.ts';
import { machinePaths } from '../../src/machine/paths.ts';

const machine: Machine = {
  record: {
    schema: 'podbsd-machine/1',
    name: 'one',
    created: '2026-01-01T00:00:00.000Z',
    image: 'image.raw',
    architecture: 'amd64',
    provider: 'qemu',
    cpus: 1,
    memoryMiB: 512,
    diskGiB: 1,
    user: 'core',
    uid: 1000,
    rootful: false,
    timezone: 'Europe/Berlin',
    volumes: [{ source: '/home/me/data', target: '/srv/data', readOnly: true }],
    network: 'auto',
    dockerContext: false,
    sshPort: 2222,
  },
  paths: machinePaths({ data: '/data', runtime: '/run' }, 'one'),
};

interface Config {
  readonly storage: {
    readonly files: readonly { readonly path: string; readonly contents: { readonly source: string } }[];
  };
}

describe("a machine's Ignition config", () => {
  // podman asks gvproxy to publish a port where this says qemu: without one, `podman run -p` would fail. That the agent
  // repeats it where newer versions look is in test/ignition.
  it.each([
    ['gvproxy', 'data:,qemu%0A'],
    ['user', 'data:,wsl%0A'],
  ] as const)('tells podman in the guest by its marker file that the network is %s', (network, source) => {
    const { storage } = JSON.parse(machineIgnition(machine, 'ssh-ed25519 AAAA me', network)) as Config;
    const markers = storage.files.filter(({ path }) => path.endsWith('/podman-machine'));
    expect(markers.map(({ path, contents }) => [path, contents.source])).toEqual([
      ['/etc/podman-machine', source],
    ]);
  });
});
