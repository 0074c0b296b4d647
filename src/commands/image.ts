import { examples, type RegisterCommand } from './command.ts';
import { registerBuild } from './image/build.ts';
import { registerList } from './image/list.ts';
import { registerPath } from './image/path.ts';
import { registerPrune } from './image/prune.ts';
import { registerRm } from './image/rm.ts';
import { registerVerify } from './image/verify.ts';

/** `podbsd image ...`: the images that podbsd keeps for this user. */
export const registerImage: RegisterCommand = (program, context) => {
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
  for (const register of [
    registerList,
    registerBuild,
    registerPath,
    registerVerify,
    registerRm,
    registerPrune,
  ])
    register(group, context);
};
