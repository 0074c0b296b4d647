/** The agent's help texts. */

const commands: Readonly<Record<string, readonly [arguments_: string, what: string, more: string]>> = {
  provision: [
    '',
    'Make true what podman hands over through fw_cfg (at each boot)',
    'Reads the Ignition config from fw_cfg item opt/com.coreos/config and applies it. What happened is in\n' +
      '/var/log/podbsd.log; see also podbsd-agent status. Exit code 1 when something failed.\n\n' +
      'Example:\n  podbsd-agent provision\n',
  ],
  storage: [
    '',
    'Prepare the container storage (at each boot)',
    'On ZFS: a dataset mounted at /var/db/containers and the storage driver zfs. On UFS: a folder and the\n' +
      'driver vfs. A storage.conf that somebody else has written is left alone.\n\n' +
      'Example:\n  podbsd-agent storage\n',
  ],
  ready: [
    '[--timeout SECONDS]',
    'Tell podman that this machine can be used (at each boot)',
    'Waits (120 s at most, or as --timeout says) until sshd accepts the key of the machine user and the podman\n' +
      'API answers, then writes "Ready" to the port org.fedoraproject.port.0, or "Failed: " and the reason.\n\n' +
      'Example:\n  podbsd-agent ready --timeout 120\n',
  ],
  status: [
    '[--json]',
    'Show how the last provisioning went and what is mounted',
    'Exit code 1 when the last provisioning failed.\n\n' +
      'Examples:\n  podbsd-agent status\n  podbsd-agent status --json\n',
  ],
  plan: [
    '--config FILE [--json]',
    'Show what an Ignition config would do, without touching anything',
    'Prints the steps, and what is skipped and why. Runs on any system with QuickJS; off FreeBSD it assumes a\n' +
      'fresh image. Exit code 65 when the config is wrong.\n\n' +
      'Examples:\n  podbsd-agent plan --config machine.ign\n  qjs -m podbsd-agent plan --config machine.ign --json\n',
  ],
  apply: [
    '--config FILE [--json]',
    'Apply an Ignition config from a file',
    'Does what provision does at boot, with the config of a file; as root, in a FreeBSD guest only. With --json the\n' +
      'result is printed as status --json has it under .provisioning. Exit code 1 when something failed.\n\n' +
      'Examples:\n  podbsd-agent apply --config machine.ign\n  podbsd-agent apply --config machine.ign --json\n',
  ],
  upgrade: [
    '[--to RELEASE] [--dry-run]',
    'Upgrade FreeBSD and the packages in a new boot environment (ZFS only)',
    'The running system stays as it is. The next start tries the upgraded one, once: when the machine gets ready\n' +
      'it stays, otherwise the old one is started again. Without --to the newest patches of the running release\n' +
      'are installed. The same happens on podman machine os apply RELEASE on the host. podman stays below 6.\n\n' +
      'Examples:\n  podbsd-agent upgrade --dry-run\n  podbsd-agent upgrade --to 15.2-RELEASE\n',
  ],
};

/** The help text of the whole program. */
export const help = `podbsd-agent makes a FreeBSD guest what podman machine expects.

Usage: podbsd-agent COMMAND [OPTIONS]

${Object.entries(commands)
  .map(([name, [, what]]) => `  ${name.padEnd(10)} ${what}\n`)
  .join('')}
podbsd-agent COMMAND --help tells more, with examples.
`;

/** The help text of one command, or undefined when there is no such command. */
export function helpOf(name: string): string | undefined {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return undefined;
  const [args, what, more] = command;
  return `Usage: podbsd-agent ${name}${args === '' ? '' : ` ${args}`}\n\n${what}.\n\n${more}`;
}
