import { ignitionConfig } from '../vm/ignition-config.ts';
import type { Machine } from './record.ts';

/**
 * The era whose clients describe a machine completely in its Ignition config, shares too: nothing has to be run over SSH
 * before the machine can be used.
 */
const ERA = '6.0';

/** The content of podman's marker file in the guest, as Ignition writes it. */
const QEMU_MARKER = 'data:,qemu%0A';
/** The one kind of machine whose podman, in all versions, publishes ports without asking gvproxy to. */
const NO_GVPROXY_MARKER = 'data:,wsl%0A';

/**
 * The Ignition config of a machine, made anew at each start: that is how changed settings reach the guest. Without
 * gvproxy a guest's podman must not be told that it has one: `podman run -p` would fail.
 */
export function machineIgnition({ record }: Machine, publicKey: string, network: 'gvproxy' | 'user'): string {
  const { user, uid, rootful, timezone, volumes } = record;
  const config = ignitionConfig({ era: ERA, user, uid, publicKey, rootful, timezone, volumes });
  return network === 'gvproxy' ? config : config.replace(QEMU_MARKER, NO_GVPROXY_MARKER);
}
