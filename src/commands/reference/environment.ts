/** The variables that podbsd itself reads, in alphabetical order. A test compares them with the source. */
export const variables: readonly (readonly [name: string, meaning: string])[] = [
  [
    'CONTAINERS_HELPER_BINARY_DIR',
    'Where podman looks first for its helper programs; setup-podman sets it in a drop-in.',
  ],
  ['HOME', 'The home folder, below which everything of the user lies unless an XDG variable says otherwise.'],
  ['NO_COLOR', 'No colours, whatever the terminal can do.'],
  ['PATH', 'Where programs are looked up.'],
  [
    'PODBSD_ACCEL',
    'On macOS: tcg lets a machine of podman be emulated where Hypervisor.framework cannot be used.',
  ],
  ['PODBSD_DEBUG', 'When it is 1, errors come with a stack trace.'],
  ['PODBSD_QEMU', "On macOS: the QEMU to use, in the place of Homebrew's or MacPorts'."],
  ['PODBSD_SIGNING_PASSPHRASE', 'The passphrase of the key of export --sign.'],
  ['SOURCE_DATE_EPOCH', 'The date that a built image carries, in seconds since 1970.'],
  ['SSH_AUTH_SOCK', 'The agent that keys for --host are taken from.'],
  ['TERM', 'When it is dumb, progress is printed in lines and without colours.'],
  ['TMPDIR', 'Where short-lived files and, without XDG_RUNTIME_DIR, sockets are.'],
  ['USER', 'The name of the user, where the account database has none.'],
  ['XDG_CACHE_HOME', 'Where ISO images of Alpine are kept, below podbsd/; by default ~/.cache.'],
  ['XDG_CONFIG_HOME', "Where podman's configuration is; by default ~/.config."],
  ['XDG_DATA_HOME', 'Where machines, images and helpers are kept, below podbsd/; by default ~/.local/share.'],
  ['XDG_RUNTIME_DIR', 'Where the sockets of running machines are, below podbsd/.'],
];
