import { dirname } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { nothing, type Stage } from '../../pipeline/stage.ts';
import { overlayTrees } from '../shared/overlay-trees.ts';
import { hashTree } from '../shared/tree-hash.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Ground } from './inside-stage.ts';
import type { Inside } from './inside.ts';
import { overlayFiles, type OverlayFile } from './overlay-files.ts';
import { parseRcConf, rcNames, type RcSetting } from './rc-conf.ts';
import { shippedFile, shippedList } from '../shared/shipped.ts';

const RC_CONF = '/etc/rc.conf';
/** Written when the image is sealed: until then each boot would count as the first one. */
const FIRSTBOOT = '/firstboot';

/**
 * Lays podbsd's files over FreeBSD. /etc/rc.conf alone is merged: the base has settings there that its disk needs
 * (zfs_enable, the pool's name, fsck), and each of podbsd's is set with sysrc(8) as a person would.
 */
export function overlayStage(env: BakeEnv, ground: Ground): Stage {
  const { architecture } = env.config.build;
  const settings = async (): Promise<readonly RcSetting[]> =>
    parseRcConf(await shippedFile(`image/overlay${RC_CONF}`));

  return insideStage(env, ground, {
    layer: 'overlay',
    title: 'Lay the overlay',
    outputs: nothing,
    inputs: async () => ({
      trees: await Promise.all(overlayTrees(architecture).map((tree) => hashTree(tree))),
      removed: await shippedList('image/bake/rc.conf.remove'),
    }),
    work: async (inside) => {
      for (const file of await overlayFiles(architecture))
        if (file.path !== RC_CONF && file.path !== FIRSTBOOT) await place(inside, file);
      await mergeRcConf(inside, await settings());
      return {};
    },
    check: async (inside) => {
      const wanted = await settings();
      const ask = ['/usr/sbin/sysrc', '-f', RC_CONF, '-n', ...wanted.map(({ name }) => name)] as const;
      const found = (await inside.exec(ask, { readOnly: true })).stdout.split('\n');
      for (const [index, { name, value }] of wanted.entries())
        if (found[index] !== value) throw notSet(name, value, found[index] ?? '');
      return {};
    },
  });
}

async function place(inside: Inside, file: OverlayFile): Promise<void> {
  if (file.kind === 'file') {
    await inside.host.writeFile(file.path, file.content, { mode: file.mode });
    return;
  }
  await inside.host.mkdir(dirname(file.path));
  // -n: an older link to a folder is replaced and not followed.
  await inside.exec(['/bin/ln', '-snf', file.target, file.path]);
}

async function mergeRcConf(inside: Inside, settings: readonly RcSetting[]): Promise<void> {
  const sysrc = ['/usr/sbin/sysrc', '-f', RC_CONF] as const;
  await inside.exec([...sysrc, ...settings.map(({ name, value }) => `${name}=${value}`)]);
  const there = rcNames((await inside.host.readText(RC_CONF)) ?? '');
  const unwanted = (await shippedList('image/bake/rc.conf.remove')).filter((name) => there.has(name));
  if (unwanted.length > 0) await inside.exec([...sysrc, '-x', ...unwanted]);
}

function notSet(name: string, wanted: string, found: string): PodbsdError {
  return new PodbsdError({
    doing: `setting ${name} in ${RC_CONF} of the image`,
    problem: `it is "${found}" and not "${wanted}"`,
    remedy: 'look at the file with podbsd bake --shell; the base image may set it in an unusual way',
    exitCode: ExitCode.data,
  });
}
