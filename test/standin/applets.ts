const bin = [
  'cat',
  'chmod',
  'cp',
  'date',
  'dd',
  'df',
  'echo',
  'expr',
  'hostname',
  'kill',
  'ln',
  'ls',
  'mkdir',
  'mv',
];
const bin2 = ['ps', 'pwd', 'realpath', 'rm', 'rmdir', 'sleep', 'sync', 'test', '['];
const usrBin = [
  'awk',
  'basename',
  'cmp',
  'cut',
  'diff',
  'dirname',
  'du',
  'egrep',
  'env',
  'false',
  'fgrep',
  'find',
  'grep',
];
const usrBin2 = [
  'gunzip',
  'gzip',
  'head',
  'id',
  'install',
  'killall',
  'logger',
  'mktemp',
  'nice',
  'nohup',
  'od',
  'printf',
];
const usrBin3 = [
  'readlink',
  'sed',
  'seq',
  'sort',
  'su',
  'tail',
  'tar',
  'tee',
  'time',
  'touch',
  'tr',
  'true',
  'tty',
];
const usrBin4 = ['uname', 'uniq', 'uptime', 'wc', 'which', 'whoami', 'xargs', 'yes'];
const usrSbin = ['chown', 'chroot'];

/**
 * The commands of busybox that behave like FreeBSD's for what is asked of them, at FreeBSD's paths. Where the options
 * differ (stty, mount, sysctl ...) there is a double instead; Linux's own commands (ip, chattr, systemctl ...) are missing
 * on purpose.
 */
export const applets: readonly string[] = [
  ...[...bin, ...bin2].map((name) => `bin/${name}`),
  ...[...usrBin, ...usrBin2, ...usrBin3, ...usrBin4].map((name) => `usr/bin/${name}`),
  ...usrSbin.map((name) => `usr/sbin/${name}`),
];
