/** Names of the files that `create` makes in its output folder, and `install` copies. */
export const bundleFiles = {
  guest: 'guest.json',
  knownHosts: 'known_hosts',
  hostKey: 'ssh_host_ed25519_key',
  userKey: 'id_ed25519',
  overlay: (name: string): string => `${name}.apkovl.tar.gz`,
  conf: (name: string): string => `${name}.conf`,
} as const;
