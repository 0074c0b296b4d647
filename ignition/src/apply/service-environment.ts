import { certificates } from '../freebsd/paths.ts';
import { readDefaultEnvironment, rcEnvironment } from '../freebsd/service-environment.ts';
import type { EnsureServiceEnvironment } from '../plan/steps.ts';
import { readEnvironment, writeEnvironment } from '../state/environment.ts';
import { rootOwned, type Context } from './context.ts';
import { writeLoginEnvironment } from './login-environment.ts';
import { ensureDirectory, ensureFile } from './place.ts';

const rcFile = '/usr/local/etc/rc.conf.d/podman_service';
const overSsh = '/etc/systemd/system.conf.d/default-env.conf';

type Variables = Readonly<{ [name: string]: string }>;

/** Before the service starts: what the config and the host say, or what podman wrote over SSH the last time. */
export function applyServiceEnvironment(context: Context, step: EnsureServiceEnvironment): void {
  const { system } = context;
  const fromConfig = existing(context, step.fromConfig);
  writeEnvironment(context, fromConfig);
  const proxies = step.fromHost ?? readDefaultEnvironment(system.readText(overSsh) ?? '');
  writeServiceFile(context, existing(context, { ...fromConfig, ...proxies }));
}

/** After podman 5 or 6 has rewritten the proxies. Answers whether the service must be restarted to see them. */
export function refreshServiceEnvironment(context: Context): boolean {
  const { system } = context;
  const fromConfig = readEnvironment(system);
  return writeServiceFile(context, {
    ...fromConfig,
    ...readDefaultEnvironment(system.readText(overSsh) ?? ''),
  });
}

/** Readable by root alone: the address of a proxy may hold a password. */
function writeServiceFile(context: Context, variables: Variables): boolean {
  writeLoginEnvironment(context, variables);
  const content = rcEnvironment(variables);
  const before = context.system.readText(rcFile);
  if (before === undefined && Object.keys(variables).length === 0) return false;
  ensureDirectory(context, '/usr/local/etc/rc.conf.d');
  ensureFile(context, { path: rcFile, content, mode: 0o600, owner: rootOwned });
  return before !== content;
}

/** podman names a folder for SSL_CERT_DIR that it does not write; the certificates lie in the one above. */
function existing(context: Context, variables: Variables): Variables {
  const folder = variables['SSL_CERT_DIR'];
  if (folder === undefined || context.system.lstat(folder) !== undefined) return variables;
  return { ...variables, SSL_CERT_DIR: certificates };
}
