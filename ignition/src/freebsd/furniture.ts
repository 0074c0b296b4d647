/** Files, folders and links that podman writes for Fedora CoreOS and that have no meaning on FreeBSD. */

const noSystemd = 'FreeBSD has no systemd';
const noQuadlets =
  'quadlets are made for systemd, which FreeBSD does not have; containers with --restart=always start with the machine';
const noRootless = 'containers on FreeBSD are run by root, so there are no subordinate ids';

const rules: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [
    /^\/etc\/systemd\/zram-generator\.conf$/,
    'FreeBSD has no compressed swap in memory; see swapon(8) for swap files',
  ],
  [/^\/(etc|run|usr\/lib|usr\/local\/lib)\/systemd(\/|$)/, noSystemd],
  [/\/\.config\/systemd(\/|$)/, noSystemd],
  [/^\/var\/lib\/systemd\/linger(\/|$)/, `${noSystemd}; the API service starts with the machine`],
  [/^\/var\/lib\/systemd(\/|$)/, noSystemd],
  [/^\/etc\/sub[ug]id$/, noRootless],
  [/^\/etc\/environment\.d(\/|$)/, 'read by systemd; the API service gets its variables from rc'],
  [/^\/etc\/profile\.d\/docker-host\.sh$/, 'the API socket is at its usual path'],
  [/^\/etc\/profile\.d\/[^/]*ssl[^/]*\.sh$/, 'logins and the API service get these variables from podbsd'],
  [/^\/etc\/sysctl\.d$/, 'the settings in it go to sysctl.conf.local'],
  [/^\/(etc|usr\/share)\/containers\/systemd(\/|$)/, noQuadlets],
  [/\/\.config\/containers\/systemd(\/|$)/, noQuadlets],
  [
    /^\/etc\/(netplan|network|sysconfig\/network-scripts|wicked)(\/|$)/,
    'the network is set up by rc.conf(5)',
  ],
  [
    /^\/etc\/(machine-id|locale\.conf|vconsole\.conf|sysconfig|default|ld\.so\.conf|ld\.so\.conf\.d|yum\.repos\.d|apt|dnf|ostree|rpm-ostreed\.conf)(\/|$)/,
    'nothing on FreeBSD reads it',
  ],
  [/^\/etc\/chrony(\.conf|\.d)(\/|$)/, 'ntpd keeps the time and steps the clock'],
  [
    /^\/etc\/sudoers$/,
    'sudo reads /usr/local/etc/sudoers here, and with it what the config puts into /etc/sudoers.d',
  ],
  [/^\/etc\/environment$/, 'nothing on FreeBSD reads it; see login.conf(5)'],
  [/^\/etc\/security\/limits\.(conf|d)(\/|$)/, 'limits of users are set in login.conf(5)'],
  [/^\/etc\/cron\.(hourly|daily|weekly|monthly)(\/|$)/, 'nothing on FreeBSD reads it; see periodic(8)'],
  [
    /^\/etc\/(issue\.d|motd\.d|crypttab|mdadm\.conf|binfmt\.d|dracut\.conf|dracut\.conf\.d|kernel|grub\.d|rpm|yum\.conf)(\/|$)/,
    'nothing on FreeBSD reads it',
  ],
  [
    /^\/etc\/(iptables|nftables|nftables\.conf|firewalld|ufw)(\/|$)/,
    'packets are filtered by pf; see pf.conf(5)',
  ],
  [/^\/etc\/tmpfiles\.d(\/|$)/, 'FreeBSD has no systemd-tmpfiles'],
  [
    /^\/etc\/(NetworkManager|udev|modules-load\.d|modprobe\.d|selinux|polkit-1|zincati)(\/|$)/,
    'a Linux service',
  ],
  [
    /^\/usr\/local\/bin\/net-health-recovery\.sh$/,
    'works around a bug of QEMU on macOS, for Linux guests only',
  ],
];

/** Why a path of the config is left out, or undefined when it is applied. */
export function furniture(path: string): string | undefined {
  return rules.find(([pattern]) => pattern.test(path))?.[1];
}

/**
 * Folders that commands sent over SSH write to and that are not on FreeBSD: the script with the proxies (5.x, 6), the
 * certificates of --import-native-ca (6), the link of `machine set --rootful`.
 */
export const expectedFolders: readonly string[] = [
  '/etc/containers',
  '/etc/environment.d',
  '/etc/pki/ca-trust/source/anchors',
  '/etc/profile.d',
  '/etc/systemd/system.conf.d',
  '/etc/systemd/user.conf.d',
  '/etc/tmpfiles.d',
];
