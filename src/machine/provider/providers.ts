import { hostArchitecture } from '../../vm/architecture.ts';
import { bhyve } from './bhyve.ts';
import type { ProviderName } from './names.ts';
import type { Provider } from './provider.ts';
import { qemu } from './qemu.ts';

const providers: Readonly<Record<ProviderName, Provider>> = { qemu, bhyve };

export function providerOf(name: ProviderName): Provider {
  return providers[name];
}

/** bhyve on a FreeBSD host of the architecture for which it can pass an Ignition config, else QEMU. */
export function defaultProvider(platform: NodeJS.Platform = process.platform): ProviderName {
  return platform === 'freebsd' && hostArchitecture() === 'amd64' ? 'bhyve' : 'qemu';
}
