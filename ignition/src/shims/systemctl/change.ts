import type { CommandLine } from '../../command-line/read.ts';
import type { System } from '../../system/system.ts';
import { waitForApi } from '../podman-service.ts';
import { activeState, service } from './state.ts';
import { fullName, unitNamed, type Unit } from './units.ts';

/** systemctl(1): no such unit. */
const notLoaded = 5;

type Action = (system: System, unit: Unit) => number;

// As with systemd, a service that is not enabled can be started: `one`, or service(8) would do nothing and say 0.
const start: Action = (system, unit) => {
  if (activeState(system, unit) === 'active') return 0;
  const code = service(system, unit, 'onestart');
  if (code === 0 && unit.rc === 'podman_service') waitForApi(system);
  return code;
};

const stop: Action = (system, unit) =>
  activeState(system, unit) === 'active' ? service(system, unit, 'onestop') : 0;

const restart: Action = (system, unit) => {
  const code = service(system, unit, 'onerestart');
  if (code === 0 && unit.rc === 'podman_service') waitForApi(system);
  return code;
};

const tryRestart: Action = (system, unit) =>
  activeState(system, unit) === 'active' ? restart(system, unit) : 0;

const setEnabled =
  (value: 'YES' | 'NO'): Action =>
  (system, { rc }) => {
    const { code, err } = system.run(['/usr/sbin/sysrc', '-q', `${rc}_enable=${value}`]);
    system.err(err);
    return code;
  };

const runActions: ReadonlyMap<string, Action> = new Map([
  ['start', start],
  ['stop', stop],
  ['restart', restart],
  ['reload-or-restart', restart],
  ['try-restart', tryRestart],
  ['condrestart', tryRestart],
]);

/** `start`, `stop`, `restart` and their kin, by service(8). Nothing is done when one of the units is not there. */
export function changeRunning(system: System, verb: string, line: CommandLine): number | undefined {
  const action = runActions.get(verb);
  if (action === undefined) return undefined;
  const found = findAll(system, line.operands.slice(1), (name) => {
    system.err(`Failed to ${verb} ${name}: Unit ${name} not found.\n`);
  });
  return found === undefined ? notLoaded : each(system, found, verb, action);
}

/** `enable` and `disable`, by sysrc(8); with `--now` started and stopped, too. */
export function changeEnabled(system: System, verb: string, line: CommandLine): number | undefined {
  if (verb !== 'enable' && verb !== 'disable') return undefined;
  const found = findAll(system, line.operands.slice(1), (name) => {
    system.err(`Failed to ${verb} unit: Unit file ${name} does not exist.\n`);
  });
  if (found === undefined) return 1;
  const code = each(system, found, verb, setEnabled(verb === 'enable' ? 'YES' : 'NO'));
  if (code !== 0 || !line.has('--now')) return code;
  return verb === 'enable' ? each(system, found, 'start', start) : each(system, found, 'stop', stop);
}

function findAll(
  system: System,
  names: readonly string[],
  missing: (name: string) => void,
): readonly Unit[] | undefined {
  const found = names.map((name) => unitNamed(system, name));
  const unknown = names.filter((_name, index) => found[index] === undefined);
  for (const name of unknown) missing(fullName(name));
  return unknown.length > 0 ? undefined : found.filter((unit) => unit !== undefined);
}

function each(system: System, found: readonly Unit[], verb: string, action: Action): number {
  const failed = found.filter((unit) => action(system, unit) !== 0);
  for (const { name, rc } of failed)
    system.err(`Failed to ${verb} ${name}: service ${rc} ended with an error.\n`);
  return failed.length === 0 ? 0 : 1;
}
