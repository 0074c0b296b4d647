import { apply } from './commands/apply.ts';
import { help, helpOf } from './commands/help.ts';
import { machineOs } from './commands/machine-os.ts';
import { provision } from './commands/provision.ts';
import { ready } from './commands/ready.ts';
import { showPlan } from './commands/show-plan.ts';
import { showStatus } from './commands/show-status.ts';
import { prepareStorage } from './commands/storage.ts';
import { upgrade } from './commands/upgrade.ts';
import { nameOf } from './freebsd/paths.ts';
import { shims } from './shims/shims.ts';
import { messageOf, type System } from './system/system.ts';

const usageError = 64;
const unavailable = 69;

/**
 * The whole program: one of its commands, or one of the Linux commands when it is called by that name.
 *
 * @param argv the path it was called by, then the arguments. Answers the exit code.
 */
export function agent(system: System, argv: readonly [string, ...string[]]): number {
  const [program, ...args] = argv;
  const shim = shims.get(nameOf(program));
  try {
    return shim === undefined ? command(system, args) : shim(system, args);
  } catch (error) {
    system.err(`${nameOf(program)}: ${messageOf(error)}\n`);
    return 1;
  }
}

function command(system: System, args: readonly string[]): number {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    system.out(help);
    return name === undefined ? usageError : 0;
  }
  // Behind the podman command of the shims: its arguments are podman's.
  if (name === 'machine-os') return machineOs(system, rest);
  const text = helpOf(name);
  if (text === undefined) return usage(system, `there is no command ${JSON.stringify(name)}`);
  if (rest.includes('--help') || rest.includes('-h')) {
    system.out(text);
    return 0;
  }
  const options = parseOptions(name, rest);
  if (typeof options === 'string') return usage(system, options);
  if (name !== 'plan' && name !== 'status' && !isGuest(system)) {
    system.err(
      `podbsd-agent: ${name} changes the system that it runs on, and this is no FreeBSD guest; ` +
        'podbsd-agent plan shows anywhere what it would do\n',
    );
    return unavailable;
  }
  switch (name) {
    case 'provision':
      return provision(system);
    case 'ready':
      return ready(system, options.timeout);
    case 'storage':
      return prepareStorage(system);
    case 'status':
      return showStatus(system, options.json);
    case 'plan':
      return showPlan(system, options.config, options.json);
    case 'upgrade':
      return upgrade(system, options);
    default:
      return apply(system, options.config, options.json);
  }
}

/** A person who tries `apply` on the host must not lose accounts and files to it. */
function isGuest(system: System): boolean {
  return system.platform === 'freebsd' || system.lstat('/usr/sbin/pw') !== undefined;
}

interface Options {
  json: boolean;
  config: string;
  /** Seconds. */
  timeout: number;
  /** A release. */
  to: string | undefined;
  dryRun: boolean;
  locked: boolean;
}

const accepted: Readonly<Record<string, readonly string[]>> = {
  plan: ['--config', '--json'],
  apply: ['--config', '--json'],
  status: ['--json'],
  ready: ['--timeout'],
  upgrade: ['--to', '--dry-run', '--locked'],
};

/** Answers what is wrong with the arguments as a string. */
function parseOptions(name: string, args: readonly string[]): Options | string {
  const options: Options = {
    json: false,
    config: '',
    timeout: 60,
    to: undefined,
    dryRun: false,
    locked: false,
  };
  for (let index = 0; index < args.length; index++) {
    const [option, given] = splitAtEquals(args[index] ?? '');
    if (accepted[name]?.includes(option) !== true) return `${name} has no option ${JSON.stringify(option)}`;
    if (option === '--json' || option === '--dry-run' || option === '--locked') {
      if (option === '--json') options.json = true;
      else if (option === '--dry-run') options.dryRun = true;
      else options.locked = true;
      continue;
    }
    const value = given ?? args[++index];
    if (value === undefined || value === '') return `${option} needs a value`;
    if (option === '--config') options.config = value;
    else if (option === '--to') options.to = value;
    else options.timeout = Number(value);
  }
  if (!(options.timeout > 0)) return '--timeout needs a number of seconds';
  return accepted[name]?.includes('--config') === true && options.config === ''
    ? `${name} needs --config FILE`
    : options;
}

function splitAtEquals(argument: string): [string, string | undefined] {
  const equals = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function usage(system: System, problem: string): number {
  system.err(`podbsd-agent: ${problem}\nSee podbsd-agent --help.\n`);
  return usageError;
}
