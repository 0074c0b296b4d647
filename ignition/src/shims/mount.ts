import { Context } from '../apply/context.ts';
import { rememberShare } from '../state/shares.ts';
import { putShare, type Share } from '../apply/shares.ts';
import { plainPath } from '../config/path.ts';
import type { System } from '../system/system.ts';
import { reportFailedProvision } from './failed-provision.ts';
import { say, sayNoShares } from './notice.ts';

/**
 * mount(8) as podman calls it over SSH: `-t 9p` (4.3 to 5.1) and `-t virtiofs` (5.2 to 5.8) become p9fs. Every other
 * call goes to /sbin/mount as it is.
 */
export function mount(system: System, args: readonly string[]): number {
  const { type, options, operands } = parseArguments(args);
  if (type !== '9p' && type !== 'virtiofs') return system.runThrough(['/sbin/mount', ...args]);
  const [tag, asked] = operands;
  if (tag === undefined || asked === undefined || operands.length !== 2) {
    system.err(`mount: -t ${type} needs a tag and a folder\n`);
    return 64;
  }
  if (reportFailedProvision(system)) return 1;
  const target = plainPath(asked);
  if (target === undefined) {
    // podman does not look at the target; the machine is to start all the same.
    say(
      system,
      `the shared folder is not mounted at ${JSON.stringify(asked)}: not an absolute path without "." and ".."`,
    );
    return 0;
  }
  return putThere(system, { tag, target, readOnly: options.includes('ro') });
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

/** Linux's mount takes options anywhere; FreeBSD's would stop at the first operand. */
function parseArguments(args: readonly string[]) {
  const operands: string[] = [];
  const options: string[] = [];
  let type: string | undefined;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? '';
    const [, flag, attached] = /^-([to])(.*)$/s.exec(argument) ?? [];
    if (flag !== undefined) {
      const value = attached === '' ? (args[++index] ?? '') : (attached ?? '');
      if (flag === 't') type = value;
      else options.push(...value.split(','));
    } else if (argument === '-r') {
      options.push('ro');
    } else if (!argument.startsWith('-')) {
      operands.push(argument);
    }
  }
  return { type, options, operands };
}
