import type { System } from '../system/system.ts';
import { mount } from './mount.ts';
import { systemctl } from './systemctl.ts';
import { systemdTmpfiles } from './systemd-tmpfiles.ts';
import { updateCaTrust } from './update-ca-trust.ts';

type Shim = (system: System, args: readonly string[]) => number;

/** Linux file attributes: podman takes "immutable" from / before it makes a folder there. FreeBSD's / is writable. */
const chattr: Shim = () => 0;

/** The Linux commands that podman runs over SSH, by the name that the agent is called by. */
export const shims: ReadonlyMap<string, Shim> = new Map([
  ['mount', mount],
  ['chattr', chattr],
  ['systemctl', systemctl],
  ['systemd-tmpfiles', systemdTmpfiles],
  ['update-ca-trust', updateCaTrust],
]);
