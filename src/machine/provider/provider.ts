import { hostArchitecture } from '../../vm/architecture.ts';

/** What runs a machine. podman calls it so, too. */
export const providers = ['qemu', 'bhyve'] as const;
export type Provider = (typeof providers)[number];

/** bhyve where it is: a FreeBSD host of the architecture for which it can hand over an Ignition config. */
export function defaultProvider(platform: NodeJS.Platform = process.platform): Provider {
  return platform === 'freebsd' && hostArchitecture() === 'amd64' ? 'bhyve' : 'qemu';
}

/** bhyve reads nothing but raw disks; holes make them no larger than what the guest has written. */
export function diskFormat(provider: Provider): 'qcow2' | 'raw' {
  return provider === 'bhyve' ? 'raw' : 'qcow2';
}

/** Its name in messages. */
export function providerName(provider: Provider): string {
  return provider === 'bhyve' ? 'bhyve' : 'QEMU';
}
