import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fingerprint } from '../../pipeline/fingerprint.ts';
import type { Json, Stage, StageRun } from '../../pipeline/stage.ts';
import type { BuildEnv } from './env.ts';
import { applyPatch, checkOut, cherryPick, headCommit, removeLocks } from './git.ts';
import { kernelTooOld, poolProblemOfOldPoudriere } from './host-problems.ts';
import { parsePoudriereVersion } from './version.ts';
import { absent, p9fsSources, withoutP9fs } from './p9fs.ts';

/** Gets the FreeBSD source at one commit, and adds p9fs to it where it is missing. */
export function sourceStage(env: BuildEnv): Stage {
  const { host, paths } = env;
  const { base, source, patch, allow_missing_p9fs: allowMissing } = env.config.build;
  const patchFile = patch?.file === undefined ? undefined : resolve(env.configFolder, patch.file);
  const needed = base === 'source';

  async function addP9fs(run: StageRun): Promise<string> {
    const { stdout } = await run.exec(
      ['git', '-C', paths.source, 'ls-tree', '--name-only', 'HEAD', '--', ...p9fsSources],
      { readOnly: true },
    );
    const there = stdout.split('\n').filter((line) => line !== '');
    if (patch === undefined || there.length === p9fsSources.length) return '';
    if (patchFile !== undefined) {
      await host.upload(patchFile, paths.patch);
      await applyPatch(run, paths.source, paths.patch);
      return patchFile;
    }
    const { url = '', branch = '', commits } = patch;
    await cherryPick(run, paths.source, { url, branch, commits });
    return `${url} ${branch}`;
  }

  return {
    name: 'source',
    title: 'Get the FreeBSD source',
    needs: [],
    inputs: async (): Promise<Json> => {
      if (!needed) return { base };
      const text = patchFile === undefined ? undefined : await readFile(patchFile, 'utf8');
      const patched = patch === undefined ? null : { ...patch, file: text && fingerprint(text) };
      return { base, source, patch: patched, allowMissing };
    },
    stands: async () => !needed || (await host.stat(`${paths.source}/sys/sys/param.h`)) !== undefined,
    sweep: async (run) => {
      await removeLocks(host, paths.source);
      if (run.resuming || (await host.stat(paths.source)) === undefined) return;
      if (!needed) await host.remove(paths.source);
    },
    run: async (run) => {
      if (!needed) {
        run.say('not needed: the base is a FreeBSD release');
        return {};
      }
      await checkOut(run, paths, paths.source, source);
      const commit = await headCommit(run, paths.source);
      return { commit, patch: await addP9fs(run) };
    },
    check: async (run) => {
      if (!needed) return {};
      const missing = await absent(host, paths.source, p9fsSources);
      if (missing.length > 0 && !allowMissing)
        throw withoutP9fs(
          `${source.url} ${source.commit ?? source.branch}`,
          `${missing.join(', ')} is missing`,
        );
      const param = (await host.readText(`${paths.source}/sys/sys/param.h`)) ?? '';
      const version = Number(/^#define\s+__FreeBSD_version\s+(\d+)/m.exec(param)?.[1] ?? 0);
      const hostVersion = Number(run.outputs('preflight')['osreldate']);
      if (version > hostVersion) throw kernelTooOld(hostVersion, version, 'the source');
      const poudriere = parsePoudriereVersion(run.outputs('preflight')['poudriere'] ?? '');
      const poolProblem = poolProblemOfOldPoudriere(poudriere, hostVersion, version);
      if (poolProblem !== undefined) throw poolProblem;
      return { version: String(version) };
    },
  };
}
