/** What stands for units of systemd on FreeBSD, or why nothing does. */
const reasons: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^podman\.(?:socket|service)$/, 'the rc service podman_service does this'],
  [/^ready\.service$/, 'the rc service podbsd_ready does this'],
  [/^envset-fwcfg\.service$/, 'podbsd_provision gives the proxies to podman_service'],
  [/\.automount$/, 'the folder is mounted at once, by its .mount unit'],
  [/^virtiofs-mount-prepare@/, 'the folder to mount on is made by podbsd_provision'],
  [
    /^immutable-root-(?:on|off)\.service$/,
    "FreeBSD's root folder can be written, so no mark has to be taken from it",
  ],
  [/^rosetta-activation\.service$/, 'Rosetta runs programs of Linux, and the kernel is FreeBSD'],
  [
    /^playbook\.service$/,
    'there is no Ansible in the guest: run the playbook from the host, over podman machine ssh',
  ],
  [/^(?:vsock-network|gvforwarder)\.service$/, 'the network is a card of the machine'],
  [/^(?:chronyd|systemd-timesyncd)\./, 'ntpd keeps the time'],
];

/** Why a unit is left out. */
export function whyNoUnit(name: string): string {
  return reasons.find(([pattern]) => pattern.test(name))?.[1] ?? 'FreeBSD has no systemd';
}
