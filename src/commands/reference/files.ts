/** The files and folders that podbsd keeps on the host. */
export const files: readonly (readonly [path: string, meaning: string])[] = [
  [
    'podbsd.toml',
    'The configuration, in the working directory. podbsd config --reference explains every key.',
  ],
  ['.podbsd/', 'Work and logs of build-image, in the working directory.'],
  [
    'out/',
    'The finished image of build-image with its checksums, manifest and bill of materials, in the working directory.',
  ],
  [
    '~/.local/share/podbsd/images/',
    'The images that podbsd has made, a folder each; .downloads and .work in it can be made again. On macOS images and machines are below ~/Library/Application Support/podbsd/.',
  ],
  ['~/.local/share/podbsd/machine/', 'The machines of podbsd, a folder each with settings, disk and keys.'],
  ['~/.local/share/podbsd/helpers/', 'The helper programs that setup-podman sets up for podman.'],
  [
    '~/.local/share/podbsd/console/',
    "Consoles of podman's FreeBSD machines on Linux; on macOS they are in $TMPDIR/podman/.",
  ],
  [
    '~/.config/containers/containers.conf.d/99-podbsd.conf',
    'The drop-in for podman that setup-podman makes.',
  ],
  ['~/.cache/podbsd/alpine/', 'ISO images of Alpine.'],
];
