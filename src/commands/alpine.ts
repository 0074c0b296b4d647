import { examples, type RegisterCommand } from './command.ts';
import { registerCommit } from './alpine/commit.ts';
import { registerConnect } from './alpine/connect.ts';
import { registerConsole } from './alpine/console.ts';
import { registerCreate } from './alpine/create.ts';
import { registerFetch } from './alpine/fetch.ts';
import { registerInstall } from './alpine/install.ts';
import { registerOverlay } from './alpine/overlay.ts';
import { registerRm } from './alpine/rm.ts';
import { registerRollback } from './alpine/rollback.ts';
import { registerSsh } from './alpine/ssh.ts';
import { registerStart } from './alpine/start.ts';
import { registerStatus } from './alpine/status.ts';
import { registerStop } from './alpine/stop.ts';
import { registerUpgrade } from './alpine/upgrade.ts';

/** `podbsd alpine ...`: Linux guests on FreeBSD hosts. */
export const registerAlpine: RegisterCommand = (program, context) => {
  const group = program
    .command('alpine')
    .description('Linux machines under bhyve, for Linux containers on a FreeBSD host')
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      examples(
        [
          'podbsd alpine create docker --out docker',
          'Make a guest with Docker from the [alpine] table of podbsd.toml',
        ],
        [
          'podbsd alpine install docker && podbsd alpine start docker',
          'Run it under bhyve, as root on FreeBSD',
        ],
        ['podbsd alpine connect docker', 'Let the podman and docker clients reach it'],
      ),
    );
  for (const register of [
    registerCreate,
    registerFetch,
    registerInstall,
    registerStart,
    registerStop,
    registerStatus,
    registerSsh,
    registerConsole,
    registerConnect,
    registerCommit,
    registerRollback,
    registerUpgrade,
    registerRm,
    registerOverlay,
  ])
    register(group, context);
};
