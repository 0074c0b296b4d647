import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { nothing, type Stage } from '../../pipeline/stage.ts';
import { overlayTrees } from '../shared/overlay-trees.ts';
import { shippedFile, shippedList } from '../shared/shipped.ts';
import { hashTree } from '../shared/tree-hash.ts';
import { putFiles } from './archive.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Ground } from './inside-stage.ts';
import { overlayFiles } from './overlay-files.ts';
import { mergeRcConf, parseRcConf, type RcSetting } from './rc-conf.ts';

const RC_CONF = '/etc/rc.conf';
/** Written when the image is sealed: until then each boot would count as the first one. */
const FIRSTBOOT = '/firstboot';

/**
 * Copies podbsd's files over those of FreeBSD. /etc/rc.conf alone is merged: the base has settings there that its disk
 * needs (zfs_enable, the pool's name, fsck).
 */
export function overlayStage(env: BakeEnv, ground: Ground): Stage {
  const { architecture } = env.config.build;
  const settings = async (): Promise<readonly RcSetting[]> =>
    parseRcConf(await shippedFile(`image/overlay${RC_CONF}`));
  const unwanted = async (): Promise<readonly string[]> => await shippedList('image/bake/rc.conf.remove');

  return insideStage(env, ground, {
    layer: 'overlay',
    title: 'Copy the overlay',
    outputs: nothing,
    inputs: async () => ({
      trees: await Promise.all(overlayTrees(architecture).map((tree) => hashTree(tree))),
      removed: await unwanted(),
    }),
    work: async (inside) => {
      const base = (await inside.host.readText(RC_CONF)) ?? '';
      const merged = Buffer.from(mergeRcConf(base, await settings(), await unwanted()));
      const files = (await overlayFiles(architecture))
        .filter(({ path }) => path !== FIRSTBOOT)
        .map((file) => (file.path === RC_CONF && file.kind === 'file' ? { ...file, content: merged } : file));
      await putFiles(inside, files);
      return {};
    },
    check: async (inside) => {
      const wanted = [
        ...(await settings()).map(({ name, value }) => `${name}=${value}`),
        ...(await unwanted()),
      ];
      const names = wanted.map((line) => line.split('=')[0] ?? '');
      const ask = ['/bin/sh', '-s', '--', RC_CONF, ...names] as const;
      const input = await shippedFile('image/bake/rc-values');
      const found = (await inside.exec(ask, { readOnly: true, input })).stdout.trimEnd().split('\n');
      for (const [index, line] of wanted.entries())
        if (found[index] !== line) throw notSet(line, found[index] ?? '');
      return {};
    },
  });
}

function notSet(wanted: string, found: string): PodbsdError {
  return new PodbsdError({
    doing: `merging podbsd's settings into ${RC_CONF} of the image`,
    problem: `it says ${found} where ${wanted} is wanted; a name alone is not set`,
    remedy: 'look at the file with podbsd bake --shell; the base image may set it in an unusual way',
    exitCode: ExitCode.data,
  });
}
