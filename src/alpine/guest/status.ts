import { basename } from 'node:path/posix';
import { guestAddress, readReport } from './address.ts';
import { listGenerations } from './generations.ts';
import type { InstalledGuest } from './installed.ts';
import { isoOf } from './install.ts';
import { vmState, type VmState } from './state.ts';

export interface GuestStatus {
  readonly name: string;
  readonly state: VmState;
  readonly address: string | undefined;
  /** `ready`, `starting`, or `unknown` when the guest has not reported. */
  readonly sshd: string;
  readonly engine: string;
  readonly engineState: string;
  readonly iso: string | undefined;
  readonly generations: readonly string[];
}

export async function guestStatus(installed: InstalledGuest): Promise<GuestStatus> {
  const { site, guest } = installed;
  const state = await vmState(site, guest.name);
  const report = state === 'running' ? await readReport(installed) : undefined;
  const iso = await isoOf(installed);
  return {
    name: guest.name,
    state,
    address: state === 'running' ? await guestAddress(installed, report) : guest.address,
    sshd: report?.sshd ?? 'unknown',
    engine: guest.engine,
    engineState: report?.engine ?? 'unknown',
    iso: iso === undefined ? undefined : basename(iso),
    generations: await listGenerations(installed),
  };
}
