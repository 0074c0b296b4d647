import type { BakeEnv } from '../../../src/build/bake/env.ts';
import type { Inside } from '../../../src/build/bake/machine.ts';
import { bakePaths } from '../../../src/build/bake/paths.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { LocalHost } from '../../../src/host/local.ts';
import type { Stage, StageRun } from '../../../src/pipeline/stage.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** What a program inside answers; undefined: nothing, successfully. */
export type Answer = (argv: readonly string[]) => string | undefined;

/** A machine whose programs only record that they were called, for the decisions that a stage takes. */
export async function fakeInside(
  config: string,
  answer: Answer,
  make: (env: BakeEnv) => Stage,
): Promise<{ readonly work: () => Promise<void>; readonly commands: string[]; readonly said: string[] }> {
  const commands: string[] = [];
  const said: string[] = [];
  const host = new LocalHost();
  const exec: Inside['exec'] = async (argv) => {
    commands.push(argv.join(' '));
    return { exitCode: 0, stdout: answer(argv) ?? '', stderr: '' };
  };
  const inside = {
    exec,
    host: { dryRun: false, stat: async () => undefined, remove: async () => {}, upload: async () => {} },
  } as Partial<Record<keyof Inside, unknown>> as Inside;
  const env = {
    config: parseConfig(config, 'podbsd.toml'),
    host,
    paths: bakePaths(await tempDir()),
    machine: {
      enter: async () => inside,
      has: async () => false,
      discard: async () => {},
      powerOff: async () => {},
      close: async () => {},
    },
  } as Partial<BakeEnv> as BakeEnv;
  const run = {
    say: (text) => void said.push(text),
    progress: () => undefined,
    outputs: () => ({ rootfs: 'zfs' }),
    signal: new AbortController().signal,
    logFile: '/log',
  } as Partial<StageRun> as StageRun;
  const stage = make(env);
  return {
    commands,
    said,
    work: async () => {
      await stage.check?.(run, await stage.run(run));
    },
  };
}
