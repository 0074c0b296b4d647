import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Argv } from '../../host/host.ts';
import { userFolders } from '../../podman/user-folders.ts';
import { fillIn, quoting } from './fill-in.ts';

/** How this system starts something when the user logs in (FreeBSD: when it boots). */
export interface AutostartService {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** Registers the file with the system, after it was written. */
  readonly enable: readonly Argv[];
  /** Unregisters it, before the file is removed. */
  readonly disable: readonly Argv[];
}

export interface ServiceOptions {
  readonly platform: NodeJS.Platform;
  readonly env: NodeJS.ProcessEnv;
  /** Program and first arguments that start podbsd. */
  readonly podbsd: readonly string[];
  /** The owner of the machine: a system that starts it at boot starts it as this user. */
  readonly user: string;
}

/** A launchd agent on macOS, an rc script on FreeBSD, a user unit of systemd elsewhere. */
export async function autostartService(name: string, options: ServiceOptions): Promise<AutostartService> {
  if (options.platform === 'darwin') return await launchdAgent(name, options);
  return options.platform === 'freebsd' ? await rcScript(name, options) : await systemdUnit(name, options);
}

async function systemdUnit(name: string, { env, podbsd }: ServiceOptions): Promise<AutostartService> {
  const unit = `podbsd-machine-${name}.service`;
  const words = (verb: string): string =>
    [...withData(podbsd, env), 'machine', verb, name].map((word) => quoting.systemd(word)).join(' ');
  const systemctl = (...args: string[]): Argv => ['systemctl', '--user', ...args];
  return {
    path: join(userFolders(env).config, 'systemd', 'user', unit),
    content: await fillIn('podbsd-machine.service', { name, start: words('start'), stop: words('stop') }),
    mode: 0o644,
    enable: [systemctl('daemon-reload'), systemctl('enable', unit)],
    disable: [systemctl('disable', unit)],
  };
}

async function launchdAgent(name: string, { env, podbsd }: ServiceOptions): Promise<AutostartService> {
  const path = join(env['HOME'] ?? homedir(), 'Library', 'LaunchAgents', `org.podbsd.machine.${name}.plist`);
  const words = [...withData(podbsd, env), 'machine', 'start', name];
  const start = words.map((word) => `\n    <string>${quoting.xml(word)}</string>`).join('');
  const values = { name: quoting.xml(name), start: `${start}\n  `, path: quoting.xml(env['PATH'] ?? '') };
  const domain = `gui/${process.getuid?.() ?? 0}`;
  return {
    path,
    content: await fillIn('org.podbsd.machine.plist', values),
    mode: 0o644,
    // It is read at the next login; loading it now would start the machine now.
    enable: [['launchctl', 'enable', `${domain}/org.podbsd.machine.${name}`]],
    disable: [['launchctl', 'disable', `${domain}/org.podbsd.machine.${name}`]],
  };
}

/** At login and at boot the variable that says where machines are is not set. */
function withData(podbsd: readonly string[], env: NodeJS.ProcessEnv): readonly string[] {
  const data = env['XDG_DATA_HOME'] ?? '';
  return data === '' ? podbsd : ['/usr/bin/env', `XDG_DATA_HOME=${data}`, ...podbsd];
}

async function rcScript(name: string, { env, podbsd, user }: ServiceOptions): Promise<AutostartService> {
  const program = withData(podbsd, env);
  const rcName = `podbsd_machine_${name.replaceAll(/[^A-Za-z0-9_]/g, '_')}`;
  const values = {
    rc_name: rcName,
    user: quoting.sh(user),
    program: quoting.sh(program.map((word) => quoting.sh(word)).join(' ')),
    name: quoting.sh(name),
  };
  return {
    path: `/usr/local/etc/rc.d/${rcName}`,
    content: await fillIn('podbsd_machine.in', values),
    mode: 0o755,
    enable: [['service', rcName, 'enable']],
    disable: [['service', rcName, 'delete']],
  };
}
