import type { Argv, RunResult, System } from '../system/system.ts';
import { whatFailed } from './program.ts';
import { readLoginEnvironment } from './login-environment.ts';
import { own } from './paths.ts';
import { osVersion, type Release } from './releases.ts';
import { forFreebsdUpdate } from './service-environment.ts';

/** pkg(8) and freebsd-update(8) at work in a boot environment that is mounted somewhere. */

const pkg = '/usr/local/sbin/pkg';
const updateProgram = '/usr/sbin/freebsd-update';
const settings = `${own.run}/freebsd-update.conf`;

/** Runs a program that may take long and say much; all of it goes to a log of its own. It knows the host's proxies. */
function runLogged(system: System, argv: Argv, input?: string): RunResult {
  const variables = readLoginEnvironment(system);
  const isUpdate = argv.includes(updateProgram);
  const result = system.run(argv, input, isUpdate ? forFreebsdUpdate(variables) : variables);
  system.append(own.upgradeLog, `${system.now()} ${argv.join(' ')}\n${result.out}${result.err}`);
  return result;
}

function mustRun(system: System, argv: Argv, input?: string): void {
  const result = runLogged(system, argv, input);
  if (result.code !== 0) throw new Error(whatFailed(argv, result));
}

/** The base system was installed as packages. */
export function hasPackagedBase(system: System): boolean {
  return system.run([pkg, 'query', '%n', 'FreeBSD-runtime']).out.trim() !== '';
}

/** The version of an installed package, in `folder` if given. */
export function packageVersion(system: System, name: string, folder?: string): string | undefined {
  const inside = folder === undefined ? ([] as const) : (['-c', folder] as const);
  const { code, out } = system.run([pkg, ...inside, 'query', '%v', name]);
  return code === 0 && out.trim() !== '' ? out.trim() : undefined;
}

export function upgradePackagedBase(system: System, folder: string, to: Release | undefined): void {
  mustRun(system, [pkg, ...asRelease(system, to), '-c', folder, 'upgrade', '-y', '-r', 'FreeBSD-base']);
}

/** Everything that is not the base system, from every repository that is configured. */
export function upgradePackages(system: System, folder: string, to: Release | undefined): void {
  mustRun(system, [pkg, ...asRelease(system, to), '-c', folder, 'upgrade', '-y']);
}

export function deletePackage(system: System, folder: string, name: string): void {
  mustRun(system, [pkg, '-c', folder, 'delete', '-y', name]);
}

/** The version that would be installed; undefined when no repository has the package. */
export function offeredVersion(
  system: System,
  folder: string,
  to: Release | undefined,
  name: string,
): string | undefined {
  const options = [...asRelease(system, to), '-c', folder] as const;
  mustRun(system, [pkg, ...options, 'update', '-f']);
  const { code, out } = system.run([pkg, ...options, 'rquery', '%v', name]);
  return code === 0 ? out.trim().split('\n').at(-1) : undefined;
}

export function lockPackage(system: System, folder: string, name: string): void {
  mustRun(system, [pkg, '-c', folder, 'lock', '-y', name]);
}

/** pkg(8) tells by ABI and OSVERSION which release's repositories it reads; the running kernel is still the old one. */
function asRelease(system: System, to: Release | undefined): readonly string[] {
  if (to === undefined) return [];
  const abi = system.run([pkg, 'config', 'ABI']).out.trim();
  return ['-o', `ABI=${abi}`, '-o', `OSVERSION=${osVersion(to)}`, '-o', 'IGNORE_OSVERSION=yes'];
}

/**
 * For a base system of distribution sets. Nobody is there to answer questions: what was changed in /etc stays as it is
 * instead of being merged, and the list of changes is agreed to.
 */
export function freebsdUpdate(
  system: System,
  folder: string,
  running: string,
  to: Release | undefined,
): void {
  const conf = system.readText('/etc/freebsd-update.conf');
  if (conf === undefined) throw new Error('there is no /etc/freebsd-update.conf');
  if (system.lstat(settings) !== undefined) system.remove(settings);
  system.writeNew(settings, unattended(conf), 0o600);
  const quiet = ['/usr/bin/env', 'PAGER=/bin/cat', updateProgram] as const;
  const where = ['-b', folder, '-d', `${folder}/var/db/freebsd-update`, '-f', settings] as const;
  const how = [...where, '--currently-running', running, '--not-running-from-cron'] as const;
  const yes = 'y\n'.repeat(20);
  if (to === undefined) mustRun(system, [...quiet, ...how, 'fetch'], yes);
  else mustRun(system, [...quiet, ...how, '-r', to.name, 'upgrade'], yes);
  // Kernel, then base system, then what both no longer need. It knows by itself where it is.
  for (let pass = 0; pass < 3; pass++) {
    const argv: Argv = [...quiet, ...how, 'install'];
    const result = runLogged(system, argv, yes);
    if (result.out.includes('No updates are available to install')) return;
    if (result.code !== 0) throw new Error(whatFailed(argv, result));
  }
}

function unattended(conf: string): string {
  return conf.replaceAll(/^\s*MergeChanges\b.*$/gm, '');
}
