import { resolve } from 'node:path';
import * as z from 'zod';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { lacks } from '../../host/ask.ts';
import type { Host } from '../../host/host.ts';
import { fingerprint } from '../../pipeline/fingerprint.ts';
import type { Json, Stage, StageOf, StageRun } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';
import { applyPatch, checkOut, cherryPick, headCommit, removeLocks } from './git.ts';
import { kernelTooOld, poolProblemOfOldPoudriere } from './host-lacks.ts';
import type { HostSays } from './preflight.ts';
import { parsePoudriereVersion } from './version.ts';
import { absent, p9fsSources, withoutP9fs } from '../shared/p9fs.ts';

const sourceSchema = z.object({
  /** The commit of the tree. */
  commit: z.string(),
  /** What was put on top: a file, or a repository and its branch. */
  patch: z.string().optional(),
  /** __FreeBSD_version of the tree. */
  version: z.number(),
});
export type Source = z.infer<typeof sourceSchema>;

/** Gets the FreeBSD source at one commit, and adds p9fs to it where it is missing. */
export function sourceStage(
  env: PoudriereEnv,
  preflight: StageOf<HostSays>,
): Stage<Source, Omit<Source, 'version'>> {
  const { host, here, paths } = env;
  const { base, source, patch, allow_missing_p9fs: allowMissing } = env.config.build;
  const patchFile = patch?.file === undefined ? undefined : resolve(env.configFolder, patch.file);

  async function addP9fs(run: StageRun): Promise<string | undefined> {
    const { stdout } = await run.exec(
      ['git', '-C', paths.source, 'ls-tree', '--name-only', 'HEAD', '--', ...p9fsSources],
      { readOnly: true },
    );
    const there = stdout.split('\n').filter((line) => line !== '');
    if (patch === undefined || there.length === p9fsSources.length) return undefined;
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
    outputs: sourceSchema,
    inputs: async (): Promise<Json> => {
      const text = patchFile === undefined ? undefined : await readPatch(here, patchFile);
      const patched = patch === undefined ? null : { ...patch, file: text && fingerprint(text) };
      return { base, source, patch: patched, allowMissing };
    },
    stands: async () => (await host.stat(`${paths.source}/sys/sys/param.h`)) !== undefined,
    sweep: () => removeLocks(host, paths.source),
    run: async (run) => {
      await checkOut(run, paths, paths.source, source);
      const commit = await headCommit(run, paths.source);
      return { commit, patch: await addP9fs(run) };
    },
    check: async (run) => {
      const missing = await absent(host, paths.source, p9fsSources);
      if (missing.length > 0 && !allowMissing)
        throw withoutP9fs(
          `${source.url} ${source.commit ?? source.branch}`,
          `${missing.join(', ')} is missing`,
        );
      const param = (await host.readText(`${paths.source}/sys/sys/param.h`)) ?? '';
      const version = Number(/^#define\s+__FreeBSD_version\s+(\d+)/m.exec(param)?.[1] ?? 0);
      const { osreldate, poudriere } = run.output(preflight);
      if (version > osreldate) throw kernelTooOld(osreldate, version, 'the source');
      const poolProblem = poolProblemOfOldPoudriere(parsePoudriereVersion(poudriere), osreldate, version);
      if (poolProblem !== undefined) throw poolProblem;
      return { version };
    },
    assumed: { version: 0 },
  };
}

async function readPatch(here: Host, file: string): Promise<string> {
  if (!(await lacks(here, file))) return (await here.readText(file)) ?? '';
  throw new PodbsdError({
    doing: `reading the patch ${file}`,
    problem: 'there is no such file',
    remedy: 'correct [build.patch] file in podbsd.toml: it is looked for beside the configuration',
    exitCode: ExitCode.config,
  });
}
