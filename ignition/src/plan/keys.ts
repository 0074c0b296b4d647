import { keyLines, parseSshKey } from '../config/ssh-key.ts';
import type { Passwd, User } from '../config/types.ts';
import { joined, skipping } from './parts.ts';
import type { Plan, Skipped } from './steps.ts';

/**
 * The keys of every account. A line that sshd would ignore, or that this agent does not take, does not affect the
 * others.
 */
export function planKeys(passwd: Passwd): Plan {
  return joined(
    ...passwd.users.map((user, index) =>
      user.shouldExist ? keysOfUser(user, `/passwd/users/${index}`) : joined(),
    ),
  );
}

function keysOfUser(user: User, pointer: string): Plan {
  if (user.uid === 0 && user.name !== 'root') return joined();
  const lines = user.sshAuthorizedKeys.flatMap((entry, index) =>
    keyLines(entry).map((line) => ({ line, pointer: `${pointer}/sshAuthorizedKeys/${index}` })),
  );
  const keys = lines.filter(({ line }) => 'line' in parseSshKey(line)).map(({ line }) => line);
  const refused = lines.flatMap(({ line, pointer: place }): Skipped[] => {
    const key = parseSshKey(line);
    return 'problem' in key
      ? [{ pointer: place, what: `an SSH key of ${user.name}`, reason: key.problem }]
      : [];
  });
  const step = {
    kind: 'keys',
    user: user.name,
    keys,
    refused: refused.map(({ reason }) => reason),
    pointer: `${pointer}/sshAuthorizedKeys`,
  } as const;
  const isRenumbered = user.name === 'root' && user.uid !== undefined && user.uid !== 0;
  return joined(
    { steps: [step], skipped: refused },
    isRenumbered
      ? skipping({ pointer: `${pointer}/uid`, what: 'root', reason: 'root keeps uid 0' })
      : joined(),
  );
}
