/** What runs machines. podman uses the same word. */
export const providerNames = ['qemu', 'bhyve'] as const;
export type ProviderName = (typeof providerNames)[number];

/** What each keeps a machine's disk in. bhyve reads raw only; holes make it no larger than what the guest has written. */
export const diskFormats = { qemu: 'qcow2', bhyve: 'raw' } as const satisfies Record<ProviderName, string>;
