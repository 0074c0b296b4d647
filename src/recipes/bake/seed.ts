import { join } from 'node:path';
import { fingerprint } from '../../pipeline/fingerprint.ts';
import { nothing, type Stage } from '../../pipeline/stage.ts';
import type { BakeEnv } from './env.ts';
import { hostKeyFiles, seedDisk, seedTree, writeSeedKeys } from './seed-files.ts';
import { metaData, userData } from './user-data.ts';

/**
 * Makes the keys and the disk for the guest's first boot. The volume is called cidata in lower case, because FreeBSD
 * names the device after it (/dev/msdosfs/cidata) and nuageinit looks for just that.
 */
export function seedStage(env: BakeEnv): Stage {
  const { host, paths } = env;
  const disk = seedDisk(paths.seed);
  return {
    name: 'seed',
    title: 'Make keys for the first login',
    needs: [],
    outputs: nothing,
    inputs: async () => ({ files: fingerprint((await seedTree()).map((file) => ({ ...file }))) }),
    stands: async () => (await host.stat(disk)) !== undefined,
    sweep: async () => {
      if ((await host.stat(paths.seed)) !== undefined) await host.remove(paths.seed);
    },
    run: async (run) => {
      await host.mkdir(paths.seed, { mode: 0o700 });
      const keys = await writeSeedKeys(host, paths.seed);
      const files = [...(await seedTree()), ...hostKeyFiles(keys)];
      const userDataFile = join(paths.seed, 'user-data');
      const metaDataFile = join(paths.seed, 'meta-data');
      await host.writeFile(userDataFile, await userData({ publicKey: keys.login.publicKey, files }), {
        mode: 0o600,
      });
      await host.writeFile(metaDataFile, await metaData('podbsd-bake'));
      // 1440 KiB: the smallest volume that every FAT driver supports.
      await run.exec(['mformat', '-C', '-i', disk, '-f', '1440', '-v', 'cidata', '::']);
      await run.exec(['mcopy', '-i', disk, userDataFile, metaDataFile, '::']);
      return {};
    },
  };
}
