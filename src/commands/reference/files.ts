/** The files and folders that podbsd keeps on the host. */
export const files: readonly (readonly [path: string, meaning: string])[] = [
  ['podbsd.toml', 'The configuration, in the working directory. docs/configuration.md explains every key.'],
  ['.podbsd/', 'Work and logs of build-image, in the working directory.'],
  ['out/', 'The finished image with its checksums, manifest and bill of materials.'],
  [
    '~/.local/share/podbsd/images/',
    'The images that podbsd has made, a folder each; .downloads and .work in it can be made again.',
  ],
  ['~/.local/share/podbsd/machine/', "podbsd's own machines, a folder each."],
  ['~/.local/share/podbsd/helpers/', 'The helper programs that setup-podman sets up for podman.'],
  ['~/.local/share/podbsd/console/', "Consoles of podman's FreeBSD machines."],
  ['~/.config/containers/containers.conf.d/', "Where setup-podman's drop-in for podman is."],
];
