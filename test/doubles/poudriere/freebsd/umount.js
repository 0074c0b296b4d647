import { Exit } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { record, setState, state } from '../lib/world.js';

export function main(args) {
  record(['umount', ...args]);
  const { rest } = getopt('AaF:fh:Nnt:v', args, 'umount');
  for (const dir of rest) {
    const mounts = state('mounts', []);
    if (!mounts.some((mount) => mount.dir === dir))
      throw new Exit(1, `umount: ${dir}: not a file system root directory`);
    setState(
      'mounts',
      mounts.filter((mount) => mount.dir !== dir),
    );
  }
}
