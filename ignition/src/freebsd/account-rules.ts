/** May use the API socket. The image's podman_service settings name it too. */
export const podmanGroup = 'podman';

/** Fedora CoreOS's administrative groups under the name that means the same on FreeBSD. */
const linuxGroups: ReadonlyMap<string, string> = new Map([
  ['sudo', 'wheel'],
  ['adm', 'wheel'],
]);

export function groupOnFreebsd(name: string): string {
  return linuxGroups.get(name) ?? name;
}
