import { commandGroup } from './command.ts';

/** `podbsd machine ...`: FreeBSD machines where podman's own cannot be. */
export const registerMachine = commandGroup('machine', {
  description:
    "podbsd's own FreeBSD machines: on FreeBSD hosts, where podman has none, and wherever else you like",
  commands: {
    init: async () => (await import('./machine/init.ts')).registerInit,
    start: async () => (await import('./machine/start.ts')).registerStart,
    stop: async () => (await import('./machine/stop.ts')).registerStop,
    restart: async () => (await import('./machine/restart.ts')).registerRestart,
    list: async () => (await import('./machine/list.ts')).registerList,
    inspect: async () => (await import('./machine/inspect.ts')).registerInspect,
    ssh: async () => (await import('./machine/ssh.ts')).registerSsh,
    cp: async () => (await import('./machine/cp.ts')).registerCp,
    set: async () => (await import('./machine/set.ts')).registerSet,
    rm: async () => (await import('./machine/rm.ts')).registerRm,
    logs: async () => (await import('./machine/logs.ts')).registerLogs,
    console: async () => (await import('./machine/console.ts')).registerConsole,
    autostart: async () => (await import('./machine/autostart.ts')).registerAutostart,
    __bhyve: async () => (await import('./machine/background.ts')).registerKeeper,
    __forward: async () => (await import('./machine/background.ts')).registerForward,
  },
  shown: [
    [
      'podbsd machine init --now',
      'Make a machine from the newest image, or from one made first, and start it',
    ],
    ['podbsd machine ssh', 'Log in'],
    ['podbsd machine stop && podbsd machine rm', 'Stop it and remove it with its disk'],
  ],
});
