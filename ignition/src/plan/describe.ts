import type { Step } from './steps.ts';

/** One line about a step, for people. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'refusal':
      return `refuse ${step.what}: ${step.reason}`;
    case 'remove-user':
      return `remove user ${step.name}`;
    case 'move-uid':
      return `give user ${step.name} the number ${step.to} instead of ${step.from}`;
    case 'group':
      return `group ${step.name}${step.gid === undefined ? '' : ` with gid ${step.gid}`}`;
    case 'user':
      return `user ${step.name}${step.uid === undefined ? '' : ` with uid ${step.uid}`}, home ${step.home}${listed(', groups', step.groups)}`;
    case 'keys':
      return `${step.keys.length} SSH key${step.keys.length === 1 ? '' : 's'} for ${step.user}`;
    case 'sudo':
      return `sudo without password for ${step.users.join(', ')}`;
    case 'directory':
      return `directory ${step.path}${modeOf(step.mode)}`;
    case 'file':
      return `file ${step.path}${modeOf(step.mode)}${step.append.length === 0 ? '' : ', appended to'}`;
    case 'link':
      return `${step.hard ? 'hard link' : 'link'} ${step.path} -> ${step.target}`;
    case 'timezone':
      return `time zone ${step.zone}`;
    case 'hostname':
      return `host name ${step.name}`;
    case 'sysctl':
      return `settings of the kernel${listed(
        ':',
        step.settings.map(({ name, value }) => `${name}=${value}`),
      )}`;
    case 'api-path':
      return `API socket path of user ${step.user}`;
    case 'docker-socket':
      return 'link /var/run/docker.sock to the API socket';
    case 'certificates':
      return `trust ${step.paths.length} certificate${step.paths.length === 1 ? '' : 's'}`;
    case 'service-environment':
      return `variables of the API service${listed(':', Object.keys({ ...step.fromConfig, ...step.fromHost }))}`;
    case 'mount':
      return `share ${step.tag} at ${step.target}${step.readOnly ? ', read-only' : ''}`;
  }
}

function modeOf(mode: number | undefined): string {
  return mode === undefined ? '' : `, mode ${mode.toString(8).padStart(4, '0')}`;
}

function listed(before: string, names: readonly string[]): string {
  return names.length === 0 ? '' : `${before} ${names.join(', ')}`;
}
