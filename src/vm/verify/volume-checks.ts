import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { volumeCommands } from '../podman-commands.ts';
import type { Check } from './check.ts';
import { expectEqual } from './expect.ts';
import type { Guest, SharedVolume } from './guest.ts';

/** For each volume: podman's own commands, and files in both directions. */
export function volumeChecks(volumes: readonly SharedVolume[]): Check[] {
  return volumes.flatMap((volume, index) => {
    const name = `volume-${index}`;
    const mounted = `${name}-mounted`;
    return [
      {
        id: mounted,
        title: `${volume.target} is mounted by podman's commands`,
        needs: ['ssh-user'],
        run: async (guest) => mountVolume(guest, volume),
      },
      {
        id: `${name}-host-to-guest`,
        title: `${volume.target} shows what the host writes`,
        needs: [mounted],
        run: async (guest) => hostToGuest(guest, volume),
      },
      volume.readOnly
        ? {
            id: `${name}-ro-refused`,
            title: `${volume.target} refuses writing`,
            needs: [mounted],
            run: async (guest) => refusesWriting(guest, volume),
          }
        : {
            id: `${name}-guest-to-host`,
            title: `${volume.target} takes what the user writes`,
            needs: [mounted],
            run: async (guest) => guestToHost(guest, volume),
          },
    ] satisfies Check[];
  });
}

/**
 * Runs podman's commands, which it runs at each start whether the volume is mounted already or not.
 * @throws Error when the volume is not a file system of its own then.
 */
export async function mountVolume(guest: Guest, volume: SharedVolume): Promise<string | undefined> {
  const ssh = await guest.as(guest.contract.user);
  for (const argv of volumeCommands(guest.contract.method, volume)) {
    const { stderr } = await ssh.run(argv);
    // podman passes this text on to its user; a guest that cannot mount says so here and ends with 0.
    if (stderr.trim() !== '') throw new Error(stderr.trim());
  }
  // A file system of its own: its root has another device number than the folder it lies in.
  const devices = await guest.run(['df', '-P', volume.target]);
  const mountPoint = devices.split('\n').at(-1)?.split(/\s+/).slice(5).join(' ');
  expectEqual(`mount point of ${volume.target}`, mountPoint ?? '', volume.target);
  return guest.contract.method;
}

async function hostToGuest(guest: Guest, volume: SharedVolume): Promise<string | undefined> {
  const name = `from-host-${randomBytes(4).toString('hex')}`;
  for (const text of ['first text\n', 'changed after the guest has read it\n']) {
    await writeFile(join(volume.source, name), text, { mode: 0o644 });
    expectEqual(name, `${await guest.run(['cat', `${volume.target}/${name}`])}\n`, text);
  }
  return undefined;
}

async function guestToHost(guest: Guest, volume: SharedVolume): Promise<string | undefined> {
  const name = `from-guest-${randomBytes(4).toString('hex')}`;
  const text = `written by ${guest.contract.user}\n`;
  const ssh = await guest.as(guest.contract.user);
  await ssh.run(['tee', `${volume.target}/${name}`], { input: text });
  const path = join(volume.source, name);
  expectEqual(name, await readFile(path, 'utf8'), text);
  expectEqual(`owner of ${name} on the host`, String((await stat(path)).uid), String(guest.contract.uid));
  return undefined;
}

async function refusesWriting(guest: Guest, volume: SharedVolume): Promise<string | undefined> {
  for (const user of [guest.contract.user, 'root']) {
    const ssh = await guest.as(user);
    const { exitCode } = await ssh.run(['touch', `${volume.target}/from-guest`], { okCodes: [0, 1] });
    if (exitCode === 0) throw new Error(`${user} could write to a volume that is read-only`);
  }
  return undefined;
}
