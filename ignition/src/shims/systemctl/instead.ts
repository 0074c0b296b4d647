/** What to type on FreeBSD for the verbs of systemctl(1) that do nothing here. */
const commands: Readonly<Record<string, string>> = {
  cat: 'less /usr/local/etc/rc.d/NAME shows an rc script',
  edit: 'sysrc(8) changes the settings of a service',
  'get-default': 'FreeBSD has no targets, see rc(8)',
  isolate: 'shutdown now goes to single-user mode',
  kill: 'service NAME stop, or kill(1)',
  'list-dependencies': 'rcorder /etc/rc.d/* /usr/local/etc/rc.d/* prints the order',
  'list-unit-files': 'service -l lists all services, service -e those that are enabled',
  'list-sockets': 'sockstat -l lists what listens',
  'list-timers': 'see crontab(1) and periodic(8)',
  mask: 'sysrc NAME_enable=NO turns a service off',
  unmask: 'sysrc NAME_enable=YES turns a service on',
  reload: 'service NAME reload',
  rescue: 'shutdown now goes to single-user mode',
  'reset-failed': 'service NAME restart',
  'set-default': 'FreeBSD has no targets, see rc(8)',
  show: 'service NAME rcvar, and sysrc -a for all settings',
  'show-environment': 'sysrc -a shows all settings',
  suspend: 'acpiconf -s 3',
  hibernate: 'acpiconf -s 4',
};

export function insteadOf(verb: string): string {
  const command = Object.hasOwn(commands, verb) ? commands[verb] : undefined;
  return `on FreeBSD: ${command ?? 'service(8) and sysrc(8) do what systemctl does on Linux'}`;
}
