import type { CommandLine } from '../../command-line/read.ts';
import { own } from '../../freebsd/paths.ts';
import type { System } from '../../system/system.ts';
import { activeState, isEnabled, subState } from './state.ts';
import { fullName, scriptOf, unitNamed, units, type Unit } from './units.ts';

/** systemctl(1), after LSB: the unit is not active, and there is no such unit. */
const notActive = 3;
const noSuchUnit = 4;

type Question = (system: System, line: CommandLine) => number;

/** Prints the state of each unit. One active unit is enough for 0, as with systemctl. */
const isActive: Question = (system, line) => {
  const found = named(system, line);
  const states = found.map((unit) => (unit === undefined ? 'inactive' : activeState(system, unit)));
  print(system, line, states);
  if (states.includes('active')) return 0;
  return found.every((unit) => unit === undefined) ? noSuchUnit : notActive;
};

const isFailed: Question = (system, line) => {
  const found = named(system, line);
  const states = found.map((unit) => (unit === undefined ? 'inactive' : activeState(system, unit)));
  print(system, line, states);
  return states.includes('failed') ? 0 : 1;
};

const isEnabledUnit: Question = (system, line) => {
  const found = named(system, line);
  const states = found.map((unit) =>
    unit === undefined ? 'not-found' : isEnabled(system, unit) ? 'enabled' : 'disabled',
  );
  print(system, line, states);
  if (states.includes('enabled')) return 0;
  return states.every((state) => state === 'not-found') ? noSuchUnit : 1;
};

const status: Question = (system, line) => {
  const names = line.operands.slice(1);
  if (names.length === 0) return list(system, line);
  const codes = names.map((name) => {
    const unit = unitNamed(system, name);
    if (unit === undefined) {
      system.err(`Unit ${fullName(name)} could not be found.\n`);
      return noSuchUnit;
    }
    return show(system, unit);
  });
  return Math.max(...codes);
};

/** `running`, or `degraded` when a unit has failed. */
const isSystemRunning: Question = (system, line) => {
  const told = system.lstat(own.ready) !== undefined;
  const degraded = units(system).some((unit) => activeState(system, unit) === 'failed');
  const state = degraded ? 'degraded' : told ? 'running' : 'starting';
  print(system, line, [state]);
  return state === 'running' ? 0 : 1;
};

/** `list-units`: the units that are active or have failed; with `--failed` only these, which is nothing when all is well. */
export const list: Question = (system, line) => {
  const wanted = statesAsked(line);
  for (const unit of units(system)) {
    const state = activeState(system, unit);
    if (!wanted.includes(state)) continue;
    const mark = state === 'failed' ? '●' : ' ';
    const columns = [unit.name.padEnd(24), 'loaded', state.padEnd(8), subState(unit, state).padEnd(9)];
    system.out(`${mark} ${columns.join(' ')} ${unit.description}\n`);
  }
  return 0;
};

const questions: ReadonlyMap<string, Question> = new Map([
  ['is-active', isActive],
  ['is-failed', isFailed],
  ['is-enabled', isEnabledUnit],
  ['is-system-running', isSystemRunning],
  ['status', status],
  ['list-units', list],
]);

/** The verbs that only look. Answers undefined for any other. */
export function ask(system: System, verb: string, line: CommandLine): number | undefined {
  return questions.get(verb)?.(system, line);
}

function statesAsked(line: CommandLine): readonly string[] {
  if (line.has('--failed')) return ['failed'];
  const given = line.values('--state').flatMap((value) => value.split(','));
  if (given.length > 0) return given;
  return line.has('--all') ? ['active', 'inactive', 'failed'] : ['active', 'failed'];
}

function show(system: System, unit: Unit): number {
  const state = activeState(system, unit);
  const enabled = isEnabled(system, unit) ? 'enabled' : 'disabled';
  const dot = { active: '●', inactive: '○', failed: '×' }[state];
  system.out(
    `${dot} ${unit.name} - ${unit.description}\n` +
      `     Loaded: loaded (${scriptOf(system, unit.rc) ?? ''}; ${enabled})\n` +
      `     Active: ${state} (${subState(unit, state)})\n`,
  );
  return state === 'active' ? 0 : notActive;
}

function named(system: System, line: CommandLine): readonly (Unit | undefined)[] {
  return line.operands.slice(1).map((name) => unitNamed(system, name));
}

function print(system: System, line: CommandLine, states: readonly string[]): void {
  if (!line.has('--quiet')) for (const state of states) system.out(`${state}\n`);
}
