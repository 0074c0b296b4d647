import { Context } from '../apply/context.ts';
import { putShare, type Share } from '../apply/shares.ts';
import type { Program } from '../command-line/command.ts';
import { readCommandLine, type CommandLine, type Grammar } from '../command-line/read.ts';
import { plainPath } from '../config/path.ts';
import { rememberShare } from '../state/shares.ts';
import type { System } from '../system/system.ts';
import { reportFailedProvision } from './failed-provision.ts';
import { say, sayNoShares } from './notice.ts';

/** mount(8) of Linux: its exit code when the file system is refused. */
const refused = 32;

const grammar: Grammar = {
  options: [
    { names: ['-t', '--types'], value: 'TYPE' },
    { names: ['-o', '--options'], value: 'OPTIONS' },
    { names: ['-r', '--read-only', '--ro'] },
    { names: ['-w', '--rw', '--read-write'] },
    { names: ['-v', '--verbose'] },
    { names: ['-n', '--no-mtab'] },
  ],
  needs: ['TAG', 'FOLDER'],
};

/** What podman says to Linux about its shares, and what has the same meaning here or none. */
const knownOptions = /^(?:ro|rw|defaults|trans=virtio|version=9p2000\.L|(?:msize|cache|context|access)=.+)$/;

/**
 * mount(8) as podman calls it over SSH: `-t 9p` (4.3 to 5.1) and `-t virtiofs` (5.2 to 5.8) become p9fs. Every other
 * call goes to /sbin/mount as it is, which reads it by FreeBSD's rules.
 */
export const mount: Program = {
  name: 'mount',
  usage: 'Usage: mount -t 9p|virtiofs [-r] [-o OPTION[,OPTION...]] TAG FOLDER, or as in mount(8)',
  usageCode: 1,
  run: (system, args) => {
    if (!isShare(args)) return system.runThrough(['/sbin/mount', ...args]);
    const line = readCommandLine(grammar, args);
    const options = line.values('-o').flatMap((value) => splitOptions(value));
    const unknown = options.find((option) => !knownOptions.test(option));
    if (unknown !== undefined) {
      system.err(
        `mount: a shared folder has no option ${JSON.stringify(unknown)} on FreeBSD, it is not mounted\n`,
      );
      return refused;
    }
    return mountShare(system, line, options);
  },
};

/** Parsed leniently, so that no call for a share goes to FreeBSD's mount, which knows none of it. */
function isShare(args: readonly string[]): boolean {
  const types = args.flatMap((word, index) => {
    const [, attached] = /^(?:-t|--types)=?(.*)$/s.exec(word) ?? [];
    if (attached === undefined) return [];
    return [attached === '' ? args[index + 1] : attached];
  });
  return types.some((type) => type === '9p' || type === 'virtiofs');
}

/** Commas inside of quotes belong to the value: context="system_u:object_r:nfs_t:s0:c1,c2". */
function splitOptions(value: string): string[] {
  return (value.match(/(?:"[^"]*"|[^,"])+/g) ?? []).filter((option) => option !== '');
}

function mountShare(system: System, line: CommandLine, options: readonly string[]): number {
  const [tag = '', asked = ''] = line.operands;
  if (reportFailedProvision(system)) return 1;
  const target = plainPath(asked);
  if (target === undefined) {
    // podman does not check the target; the machine must start all the same.
    say(
      system,
      `the shared folder is not mounted at ${JSON.stringify(asked)}: not an absolute path without "." and ".."`,
    );
    return 0;
  }
  return putThere(system, { tag, target, readOnly: options.includes('ro') || line.has('-r') });
}

function putThere(system: System, share: Share): number {
  const context = new Context(system);
  const outcome = putShare(context, share);
  switch (outcome.kind) {
    case 'mounted':
      rememberShare(context, share);
      return 0;
    case 'kept':
      say(system, `the shared folder is not mounted over ${share.target}: ${outcome.reason}`);
      return 0;
    case 'not-offered':
      sayNoShares(context, outcome.reason);
      return 0;
  }
}
