import { examples, registerFrom, type CommandTable, type RegisterCommand } from './command.ts';

const commands: CommandTable = {
  list: async () => (await import('./image/list.ts')).registerList,
  build: async () => (await import('./image/build.ts')).registerBuild,
  path: async () => (await import('./image/path.ts')).registerPath,
  verify: async () => (await import('./image/verify.ts')).registerVerify,
  rm: async () => (await import('./image/rm.ts')).registerRm,
  prune: async () => (await import('./image/prune.ts')).registerPrune,
};

/** `podbsd image ...`: the images that podbsd keeps for this user. */
export const registerImage: RegisterCommand = async (program, context, words) => {
  const group = program
    .command('image')
    .description("podbsd's own store of FreeBSD images, for its machines and for podman's")
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      examples(
        ['podbsd image build', 'Make an image in the store'],
        ['podman machine init --image "$(podbsd image path)" freebsd', 'A machine of podman from it'],
        ['podbsd image prune', 'Remove the images that a newer one has replaced'],
      ),
    );
  await registerFrom(commands, group, context, words);
};
