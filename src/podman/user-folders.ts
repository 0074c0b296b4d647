import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folders of one user that podman and podbsd agree on (XDG Base Directory Specification). */
export interface UserFolders {
  /** $XDG_CONFIG_HOME. */
  readonly config: string;
  /** $XDG_DATA_HOME. */
  readonly data: string;
}

export function userFolders(env: NodeJS.ProcessEnv = process.env): UserFolders {
  const home = env['HOME'] ?? homedir();
  const folder = (name: string, otherwise: string): string => {
    const value = env[name] ?? '';
    // The specification says that relative paths are to be ignored.
    return value.startsWith('/') ? value : join(home, otherwise);
  };
  return { config: folder('XDG_CONFIG_HOME', '.config'), data: folder('XDG_DATA_HOME', '.local/share') };
}

/** Everything that setup-podman makes. */
export interface SetupPaths {
  /** podbsd's own drop-in for podman's configuration. podman 3.0 to 6 read this folder, sorted by name. */
  readonly dropIn: string;
  /** The programs that podman finds before its own. */
  readonly helpers: string;
  /** What belongs to the helpers and podman must not find. */
  readonly lib: string;
  /** Serial consoles of FreeBSD machines, NAME.log. */
  readonly console: string;
}

export function setupPaths({ config, data }: UserFolders): SetupPaths {
  const helpers = join(data, 'podbsd', 'helpers');
  return {
    dropIn: join(config, 'containers', 'containers.conf.d', '99-podbsd.conf'),
    helpers,
    lib: join(helpers, 'lib'),
    console: join(data, 'podbsd', 'console'),
  };
}
