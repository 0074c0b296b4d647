import type { Host } from '../host/host.ts';
import { versionCommand } from '../recipes/poudriere/commands.ts';
import { compareVersions } from '../ground/versions.ts';
import { oldestVersion, parsePoudriereVersion } from '../recipes/poudriere/version.ts';
import { ask } from '../host/ask.ts';
import { checksOf, ok, problem, skipped, warning, type Check, type CheckRow, type Verdict } from './check.ts';

/** What a FreeBSD host needs to build images with Poudriere and to run Alpine under bhyve. */
const freebsdTable: readonly CheckRow<Host>[] = [
  { id: 'host.kernel', title: 'kernel and base system', look: judgeKernel },
  { id: 'host.zfs', title: 'ZFS pools', look: judgePools },
  { id: 'host.poudriere', title: 'Poudriere', look: judgePoudriere },
  { id: 'host.vm-bhyve', title: 'vm-bhyve', look: judgeVmBhyve },
];

export function freebsdHostChecks(host: Host): Check[] {
  return checksOf(freebsdTable, host);
}

/** Programs of a newer base system may not run on an older kernel; that is the state between upgrade and restart. */
export async function judgeKernel(host: Host): Promise<Verdict> {
  const installed = await ask(host, ['freebsd-version', '-k']);
  const running = await ask(host, ['uname', '-r']);
  const userland = await ask(host, ['freebsd-version', '-u']);
  if (installed === undefined || running === undefined || userland === undefined)
    return problem('freebsd-version(1) and uname(1) do not answer');
  if (installed !== running)
    return warning(
      `${running} runs, ${installed} is installed: the system was upgraded since it started`,
      'shutdown -r now',
    );
  // Patches often concern the base system alone: only the release has to be the same.
  if (release(userland) !== release(running))
    return problem(
      `the kernel is ${running}, the base system ${userland}`,
      'freebsd-update install, or pkg upgrade',
    );
  return ok(running === userland ? running : `kernel ${running}, base system ${userland}`);
}

async function judgePools(host: Host): Promise<Verdict> {
  const listing = await ask(host, ['zpool', 'list', '-H', '-o', 'name,health']);
  if (listing === undefined || listing === '')
    return warning('there is no pool; Poudriere builds images with ZFS only', 'zpool create NAME DISK');
  const ill = listing.split('\n').filter((line) => !line.endsWith('\tONLINE'));
  const pools = listing.replaceAll('\t', ' ').replaceAll('\n', ', ');
  return ill.length === 0 ? ok(pools) : problem(pools, 'zpool status -x');
}

async function judgePoudriere(host: Host): Promise<Verdict> {
  const version = parsePoudriereVersion((await ask(host, versionCommand)) ?? '');
  if (version === undefined) return warning('not installed; build-image needs it', 'pkg install poudriere');
  return compareVersions(version.text, oldestVersion) < 0
    ? problem(`${version.text}; podbsd needs ${oldestVersion} or later`, 'pkg upgrade poudriere')
    : ok(version.text);
}

async function judgeVmBhyve(host: Host): Promise<Verdict> {
  const version = await ask(host, ['pkg', 'query', '%v', 'vm-bhyve']);
  if (version === undefined || version === '')
    return warning('not installed; podbsd alpine needs it', 'podbsd alpine install');
  if ((await ask(host, ['kldstat', '-q', '-m', 'vmm'])) === undefined)
    return warning(`${version}; the hypervisor's kernel module is not loaded`, 'kldload vmm');
  const enabled = await ask(host, ['sysrc', '-n', 'vm_enable']);
  return enabled === 'YES'
    ? ok(version)
    : warning(`${version}; it does not start with the system`, 'sysrc vm_enable=YES');
}

/** `15.1-RELEASE-p2` is patch level 2 of 15.1-RELEASE. */
function release(version: string): string {
  return version.replace(/-p\d+$/, '');
}

/** For hosts that are neither Linux, macOS nor FreeBSD. */
export const foreignHostCheck: Check = {
  id: 'host.system',
  title: 'operating system',
  look: async () => skipped(`podbsd runs on Linux, macOS and FreeBSD; this is ${process.platform}`),
};
