import { Context } from '../../apply/context.ts';
import { refreshServiceEnvironment } from '../../apply/service-environment.ts';
import type { Program } from '../../command-line/command.ts';
import { readCommandLine, UsageError, type CommandLine, type Grammar } from '../../command-line/read.ts';
import { readStatus } from '../../state/status.ts';
import type { Argv, System } from '../../system/system.ts';
import { reportFailedProvision } from '../failed-provision.ts';
import { sayNoShares } from '../notice.ts';
import { isRunning, renew } from '../podman-service.ts';
import { ask, list } from './ask.ts';
import { changeEnabled, changeRunning } from './change.ts';
import { insteadOf } from './instead.ts';

const grammar: Grammar = {
  options: [
    { names: ['--quiet', '-q'] },
    { names: ['--now'] },
    { names: ['--failed'] },
    { names: ['--state'], value: 'STATE' },
    { names: ['--all', '-a'] },
    { names: ['--user'] },
    { names: ['--system'] },
    // About the output, which is plain here, and about questions, of which there are none.
    ...['--no-pager', '--no-legend', '--plain', '--no-ask-password', '--no-wall', '--no-warn'].map(
      (name): { names: [string] } => ({ names: [name] }),
    ),
    { names: ['--full', '-l'] },
    { names: ['--no-block'] },
    { names: ['--force', '-f'] },
  ],
  most: Number.POSITIVE_INFINITY,
};

/** Verbs that name no unit, and those that name one at least. */
const alone = ['daemon-reload', 'reboot', 'poweroff', 'halt', 'is-system-running', 'list-units'];
const withUnits = ['is-active', 'is-failed', 'is-enabled', 'enable', 'disable'];
const running = ['start', 'stop', 'restart', 'try-restart', 'condrestart', 'reload-or-restart'];
const known = [...alone, ...withUnits, ...running, 'status'];

const power: ReadonlyMap<string, Argv> = new Map([
  ['reboot', ['/sbin/shutdown', '-r', 'now']],
  ['poweroff', ['/sbin/shutdown', '-p', 'now']],
  ['halt', ['/sbin/shutdown', '-h', 'now']],
]);

/** systemctl(1) for the units that mean something in this guest; see units.ts. It refuses what it cannot do. */
export const systemctl: Program = {
  name: 'systemctl',
  usage: `Usage: systemctl [-q] [--now] ${known.join('|')} [UNIT...]\nFreeBSD's own commands are service(8) and sysrc(8).`,
  usageCode: 1,
  run: (system, args) => {
    const line = readCommandLine(grammar, args);
    const [verb, ...names] = line.operands;
    if (verb === undefined) return list(system, line);
    checkWords(verb, names, line);
    if (verb === 'daemon-reload') return line.has('--user') ? 0 : reload(system);
    const shutdown = power.get(verb);
    if (shutdown !== undefined) return system.runThrough(shutdown);
    return (
      ask(system, verb, line) ?? changeRunning(system, verb, line) ?? changeEnabled(system, verb, line) ?? 1
    );
  },
};

function checkWords(verb: string, names: readonly string[], line: CommandLine): void {
  if (!known.includes(verb))
    throw new UsageError(`${JSON.stringify(verb)} is not possible here; ${insteadOf(verb)}`);
  const [first] = names;
  if (alone.includes(verb) && first !== undefined)
    throw new UsageError(`${verb} takes no unit, but ${JSON.stringify(first)} was given`);
  if (!alone.includes(verb) && verb !== 'status' && first === undefined)
    throw new UsageError(`${verb} needs a unit`);
  if (line.has('--now') && verb !== 'enable' && verb !== 'disable')
    throw new UsageError('--now belongs to enable and disable');
  const isList = verb === 'list-units';
  if (line.has('--failed') && !isList) throw new UsageError('--failed belongs to list-units');
}

/**
 * The last command of the script that podman 5 and 6 send at each start: by now the proxies are in their files. The
 * service is restarted only when they have changed, as that interrupts its clients.
 */
function reload(system: System): number {
  if (reportFailedProvision(system)) return 1;
  const context = new Context(system);
  const noShares = readStatus(system)?.noShares;
  if (noShares !== undefined) sayNoShares(context, noShares);
  if (refreshServiceEnvironment(context) && isRunning(system)) renew(system);
  return 0;
}
