import { join } from 'node:path/posix';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { Guest } from '../bundle.ts';
import { ask, confirms } from '../../host/ask.ts';
import type { Site } from './site.ts';
import { findVmDir, type VmDir } from './vm-dir.ts';

/**
 * Ports that a guest needs: grub2-bhyve loads its kernel, mtools changes its overlay disk. (bhyve-firmware is for UEFI
 * guests only.) Where no package of a list is installed, the first one is.
 */
const PACKAGES = [['vm-bhyve', 'vm-bhyve-devel'], ['grub2-bhyve'], ['mtools']] as const;

/** Makes the host ready for guests. Steps that are done already are skipped. */
export async function prepareHost(site: Site, guest: Guest): Promise<VmDir> {
  await installPackages(site);
  await enableSerialConsoles(site);
  const vmDir = (await findVmDir(site)) ?? (await makeVmDir(site, guest));
  await enableService(site);
  await initialise(site, vmDir);
  await makeSwitch(site, guest);
  return vmDir;
}

async function installPackages(site: Site): Promise<void> {
  const missing: string[] = [];
  for (const names of PACKAGES) if (!(await anyInstalled(site, names))) missing.push(names[0]);
  if (missing.length > 0) await site.host.run(['pkg', 'install', '-y', ...missing]);
}

async function anyInstalled(site: Site, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await confirms(site.host, ['pkg', 'info', '-e', name])) return true;
  return false;
}

/** nmdm(4) connects a guest's serial port to `vm console`. */
async function enableSerialConsoles(site: Site): Promise<void> {
  if (!(await confirms(site.host, ['kldstat', '-q', '-m', 'nmdm'])))
    await site.host.run(['kldload', '-n', 'nmdm']);
  if ((await ask(site.host, ['sysrc', '-n', '-f', '/boot/loader.conf', 'nmdm_load'])) !== 'YES')
    await site.host.run(['sysrc', '-f', '/boot/loader.conf', 'nmdm_load=YES']);
}

/** A dataset where the pool exists, so that each guest gets its own; a plain folder otherwise. */
async function makeVmDir(site: Site, { vmDir, dataset }: Guest): Promise<VmDir> {
  const pool = dataset.split('/')[0] ?? '';
  if (site.host.answers && !(await confirms(site.host, ['zpool', 'list', '-H', '-o', 'name', pool]))) {
    await site.host.mkdir(vmDir);
    await site.host.run(['sysrc', `vm_dir=${vmDir}`]);
    return { path: vmDir };
  }
  if (!(await confirms(site.host, ['zfs', 'list', '-H', '-o', 'name', dataset])))
    await site.host.run(['zfs', 'create', '-p', '-o', `mountpoint=${vmDir}`, dataset]);
  await site.host.run(['sysrc', `vm_dir=zfs:${dataset}`]);
  const mountpoint = await ask(site.host, ['zfs', 'get', '-H', '-o', 'value', 'mountpoint', dataset]);
  return { path: mountpoint?.startsWith('/') === true ? mountpoint : vmDir, dataset };
}

async function enableService(site: Site): Promise<void> {
  if ((await ask(site.host, ['sysrc', '-n', 'vm_enable'])) !== 'YES')
    await site.host.run(['sysrc', 'vm_enable=YES']);
}

/** `vm init` makes vm-bhyve's folders and, once after each boot of the host, loads modules and makes the switches. */
async function initialise(site: Site, vmDir: VmDir): Promise<void> {
  const folders = (await site.host.stat(join(vmDir.path, '.config'))) !== undefined;
  const loaded = await confirms(site.host, ['kldstat', '-q', '-m', 'vmm']);
  if (!folders || !loaded) await site.host.run(['vm', 'init']);
}

async function makeSwitch(site: Site, guest: Guest): Promise<void> {
  const card = await cardOfNewSwitch(site, guest);
  if (card === undefined) return;
  await site.host.run(['vm', 'switch', 'create', guest.switch]);
  await site.host.run(['vm', 'switch', 'add', guest.switch, card]);
}

/**
 * The network card of the switch that is still to be made; undefined where the switch is there.
 * @throws PodbsdError when none is named and the host has none that it uses.
 */
export async function cardOfNewSwitch(site: Site, guest: Guest): Promise<string | undefined> {
  const listing = (await ask(site.host, ['vm', 'switch', 'list'])) ?? '';
  const names = listing.split('\n').map((line) => line.split(/\s+/)[0]);
  if (names.includes(guest.switch)) return undefined;
  return guest.interface ?? (await defaultInterface(site));
}

async function defaultInterface(site: Site): Promise<string> {
  const route = await ask(site.host, ['route', '-n', 'get', 'default']);
  const found = /^\s*interface:\s*(\S+)/m.exec(route ?? '')?.[1];
  if (found !== undefined) return found;
  if (!site.host.answers) return 'em0';
  throw new PodbsdError({
    doing: 'making a virtual switch',
    problem: 'the host has no default route, so the network card for the switch is not known',
    remedy: 'set `interface` in the [alpine] table of podbsd.toml and run podbsd alpine create again',
    exitCode: ExitCode.host,
  });
}
