import { loginBlock } from '../freebsd/login-environment.ts';
import { inBothCases } from '../freebsd/service-environment.ts';
import { log } from '../log.ts';
import { messageOf } from '../system/system.ts';
import { ensureBlock } from './block.ts';
import type { Context } from './context.ts';

type Variables = Readonly<Record<string, string>>;

/**
 * What every login sees, and every `podman machine ssh COMMAND`: sshd reads this file of each user, see PermitUserEnvironment
 * in rc.conf.d/sshd. It takes effect with the next login, and the password of a proxy is for its reader alone.
 */
export function writeLoginEnvironment(context: Context, variables: Variables): void {
  const { system } = context;
  const lines = Object.entries(inBothCases(variables))
    .sort(([first], [second]) => (first < second ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
  const people = context.accounts().filter(({ name: user, uid }) => user === 'root' || uid >= 500);
  for (const { home, uid, gid } of people) {
    if (system.lstat(`${home}/.ssh`)?.type !== 'directory') continue;
    try {
      ensureBlock(context, {
        path: `${home}/.ssh/environment`,
        name: loginBlock,
        lines,
        mode: 0o600,
        owner: { uid, gid },
      });
    } catch (error) {
      log(system, `logins do not see the proxies: ${messageOf(error)}`);
    }
  }
}
