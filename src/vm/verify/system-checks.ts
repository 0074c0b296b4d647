import { apiPing } from './api-ping.ts';
import type { Check } from './check.ts';
import { expectEqual } from './expect.ts';

/** The API sockets and the files that podman's config asks for. */
export const systemChecks: readonly Check[] = [
  {
    id: 'api-user',
    title: "the API answers the machine's user at its rootless path",
    needs: ['ssh-user'],
    run: async (guest) => {
      const { user, uid } = guest.contract;
      return await apiPing(await guest.as(user), `/run/user/${uid}/podman/podman.sock`, guest.machine.folder);
    },
  },
  {
    id: 'api-root',
    title: 'the API answers root',
    needs: ['ssh-root'],
    run: async (guest) => apiPing(await guest.as('root'), '/run/podman/podman.sock', guest.machine.folder),
  },
  {
    id: 'docker-sock',
    title: 'the API answers at /var/run/docker.sock',
    needs: ['ssh-root'],
    run: async (guest) => apiPing(await guest.as('root'), '/var/run/docker.sock', guest.machine.folder),
  },
  {
    id: 'timezone',
    title: "the time zone is the config's",
    needs: ['ssh-user'],
    run: async (guest) => {
      const { timezone } = guest.contract;
      if (timezone === undefined) return 'the config names none';
      const target = await guest.run(['readlink', '/etc/localtime']);
      expectEqual('/etc/localtime', target.replace(/^(\.\.)?\/usr\/share\/zoneinfo\//, ''), timezone);
      return timezone;
    },
  },
  {
    id: 'marker',
    title: 'the marker files are there, so that published ports reach the host',
    needs: ['ssh-user'],
    run: async (guest) => {
      for (const path of ['/etc/containers/podman-machine', '/etc/podman-machine'])
        expectEqual(path, await guest.run(['cat', path]), 'qemu');
      return undefined;
    },
  },
];
