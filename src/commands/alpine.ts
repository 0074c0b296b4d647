import { commandGroup } from './command.ts';

/** `podbsd alpine ...`: Linux guests on FreeBSD hosts. */
export const registerAlpine = commandGroup('alpine', {
  description: 'Linux guests under bhyve, for Linux containers on a FreeBSD host',
  commands: {
    create: async () => (await import('./alpine/create.ts')).registerCreate,
    fetch: async () => (await import('./alpine/fetch.ts')).registerFetch,
    install: async () => (await import('./alpine/install.ts')).registerInstall,
    start: async () => (await import('./alpine/start.ts')).registerStart,
    stop: async () => (await import('./alpine/stop.ts')).registerStop,
    status: async () => (await import('./alpine/status.ts')).registerStatus,
    ssh: async () => (await import('./alpine/ssh.ts')).registerSsh,
    console: async () => (await import('./alpine/console.ts')).registerConsole,
    connect: async () => (await import('./alpine/connect.ts')).registerConnect,
    commit: async () => (await import('./alpine/commit.ts')).registerCommit,
    rollback: async () => (await import('./alpine/rollback.ts')).registerRollback,
    upgrade: async () => (await import('./alpine/upgrade.ts')).registerUpgrade,
    rm: async () => (await import('./alpine/rm.ts')).registerRm,
    overlay: async () => (await import('./alpine/overlay.ts')).registerOverlay,
  },
  shown: [
    [
      'podbsd alpine create docker --out docker',
      'Make a guest "docker" from the [alpine] table of podbsd.toml',
    ],
    ['podbsd alpine install docker && podbsd alpine start docker', 'Run it under bhyve, as root on FreeBSD'],
    ['podbsd alpine connect docker', 'Let the podman and docker clients reach it'],
  ],
});
