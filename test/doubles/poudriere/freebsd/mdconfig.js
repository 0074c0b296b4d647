import { existsSync } from 'node:fs';
import process from 'node:process';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { record, setState, state, without } from '../lib/world.js';

export function main(args) {
  record(['mdconfig', ...args]);
  const { flags } = getopt('ab:df:lno:rs:S:t:u:vx:y:L:', args, 'mdconfig');
  const disks = state('md', {});
  if (flags.l) {
    for (const [unit, { file }] of Object.entries(disks))
      process.stdout.write(`md${unit}\tvnode\t 62M\t${file}\t\n`);
    return;
  }
  if (flags.d) {
    const unit = flags.u?.replace(/^md/, '');
    if (unit === undefined || disks[unit] === undefined)
      throw new Exit(1, 'mdconfig: ioctl(/dev/mdctl): No such file or directory');
    if (Object.values(state('pools', {})).some((pool) => pool.unit === unit))
      throw new Exit(1, 'mdconfig: ioctl(/dev/mdctl): Device busy');
    setState('md', without(disks, unit));
    return;
  }
  if (!flags.a || flags.t !== 'vnode' || flags.f === undefined) throw usage('usage: mdconfig -a -t type ...');
  if (flags.o !== undefined && !['readonly', 'noreadonly', 'async', 'cache'].includes(flags.o))
    throw new Exit(1, `mdconfig: unknown option: ${flags.o}`);
  if (!existsSync(flags.f)) throw new Exit(1, `mdconfig: cannot open ${flags.f}: No such file or directory`);
  const unit = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].find((number) => disks[number] === undefined);
  setState('md', { ...disks, [unit]: { file: flags.f } });
  process.stdout.write(`md${unit}\n`);
}
