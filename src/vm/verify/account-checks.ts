import type { Check } from './check.ts';
import { expectEqual } from './expect.ts';

/** Logins, and what podman does through them. */
export const accountChecks: readonly Check[] = [
  {
    id: 'ssh-user',
    title: "the machine's user logs in with the key",
    needs: ['ready'],
    run: async (guest) => {
      expectEqual('whoami', await guest.run(['whoami']), guest.contract.user);
      return guest.contract.user;
    },
  },
  {
    id: 'ssh-root',
    title: 'root logs in with the same key',
    needs: ['ready'],
    run: async (guest) => {
      const root = await guest.as('root');
      expectEqual('id -u', (await root.run(['id', '-u'])).stdout.trim(), '0');
      return undefined;
    },
  },
  {
    id: 'uid',
    title: "the user's uid is the one on the host",
    needs: ['ssh-user'],
    run: async (guest) => {
      expectEqual('id -u', await guest.run(['id', '-u']), String(guest.contract.uid));
      return String(guest.contract.uid);
    },
  },
  {
    id: 'keys',
    title: 'each account holds the key exactly once',
    needs: ['ssh-user', 'ssh-root'],
    run: async (guest) => {
      for (const user of [guest.contract.user, 'root']) {
        const ssh = await guest.as(user);
        const { stdout } = await ssh.run(['cat', '.ssh/authorized_keys']);
        const count = stdout.split('\n').filter((line) => line === guest.contract.key.publicKey).length;
        expectEqual(`lines with the key for ${user}`, String(count), '1');
      }
      return undefined;
    },
  },
  {
    id: 'sudo',
    title: 'sudo asks for no password',
    needs: ['ssh-user'],
    run: async (guest) => {
      expectEqual('sudo id -u', await guest.run(['sudo', '-n', 'id', '-u']), '0');
      return undefined;
    },
  },
  {
    id: 'bash',
    title: 'root can run /usr/bin/bash and systemctl daemon-reload',
    needs: ['ssh-root'],
    run: async (guest) => {
      // The end of the script with which podman 5 hands over proxies at every start; if it fails, the start fails.
      const root = await guest.as('root');
      await root.run(['/usr/bin/bash'], { input: 'printf "%q" x >/dev/null && systemctl daemon-reload\n' });
      return undefined;
    },
  },
];
