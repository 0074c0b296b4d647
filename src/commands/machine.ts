import { examples, type RegisterCommand } from './command.ts';
import { registerAutostart } from './machine/autostart.ts';
import { registerConsole } from './machine/console.ts';
import { registerCp } from './machine/cp.ts';
import { registerBackground } from './machine/background.ts';
import { registerInit } from './machine/init.ts';
import { registerInspect } from './machine/inspect.ts';
import { registerList } from './machine/list.ts';
import { registerLogs } from './machine/logs.ts';
import { registerRestart } from './machine/restart.ts';
import { registerRm } from './machine/rm.ts';
import { registerSet } from './machine/set.ts';
import { registerSsh } from './machine/ssh.ts';
import { registerStart } from './machine/start.ts';
import { registerStop } from './machine/stop.ts';

/** `podbsd machine ...`: FreeBSD machines where podman's own cannot be. */
export const registerMachine: RegisterCommand = (program, context) => {
  const group = program
    .command('machine')
    .description('FreeBSD machines of podbsd itself, for macOS, FreeBSD hosts, and wherever podman has none')
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      examples(
        [
          'podbsd machine init --now',
          'Make a machine from the newest image, or from one made first, and start it',
        ],
        ['podbsd machine ssh', 'Log in'],
        ['podbsd machine stop && podbsd machine rm', 'Stop it and remove it with its disk'],
      ),
    );
  for (const register of [
    registerInit,
    registerStart,
    registerStop,
    registerRestart,
    registerList,
    registerInspect,
    registerSsh,
    registerCp,
    registerSet,
    registerRm,
    registerLogs,
    registerConsole,
    registerAutostart,
    registerBackground,
  ])
    register(group, context);
};
