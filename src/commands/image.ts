import { commandGroup } from './command.ts';

/** `podbsd image ...`: the images that podbsd keeps for this user. */
export const registerImage = commandGroup('image', {
  description: "podbsd's own store of FreeBSD images, for its machines and for podman's",
  commands: {
    list: async () => (await import('./image/list.ts')).registerList,
    build: async () => (await import('./image/build.ts')).registerBuild,
    path: async () => (await import('./image/path.ts')).registerPath,
    verify: async () => (await import('./image/verify.ts')).registerVerify,
    rm: async () => (await import('./image/rm.ts')).registerRm,
    prune: async () => (await import('./image/prune.ts')).registerPrune,
  },
  shown: [
    ['podbsd image build', 'Make an image in the store'],
    ['podman machine init --image "$(podbsd image path)" freebsd', 'A machine of podman from it'],
    ['podbsd image prune', 'Remove the images that a newer one has replaced'],
  ],
});
