import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError } from '../../../src/host/command-error.ts';
import type { BakeEnv } from '../../../src/recipes/bake/env.ts';
import type { Inside } from '../../../src/recipes/bake/inside.ts';
import { bootSchema, type Boot, type Ground } from '../../../src/recipes/bake/inside-stage.ts';
import type { BakeMachine } from '../../../src/recipes/bake/machine.ts';
import { bakePaths } from '../../../src/recipes/bake/paths.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { LocalHost } from '../../../src/host/local.ts';
import type { Stage, StageRun } from '../../../src/pipeline/stage.ts';
import { tempDir } from '../../support/temp-dir.ts';

/** The answer of a program that fails. */
export const FAILS = 'fails';

/** What a program inside answers; undefined: nothing, successfully. */
export type Answer = (argv: readonly string[]) => string | undefined;

/**
 * A machine whose programs only record that they were called, for the decisions that a stage takes.
 *
 * @param texts the files that it has.
 * @param cache the folder of what all bakes share; default: one of this call.
 */
export async function fakeInside(
  config: string,
  answer: Answer,
  make: (env: BakeEnv, ground: Ground) => Stage,
  texts: Readonly<Record<string, string>> = {},
  cache?: string,
): Promise<{
  readonly work: () => Promise<void>;
  readonly commands: string[];
  readonly said: string[];
  /** What programs were given to read. */
  readonly inputs: Buffer[];
  /** What was removed inside. */
  readonly removed: string[];
}> {
  const commands: string[] = [];
  const said: string[] = [];
  const inputs: Buffer[] = [];
  const removed: string[] = [];
  const folder = await tempDir();
  const host = new LocalHost();
  const exec: Inside['exec'] = async (argv, options) => {
    commands.push(argv.join(' '));
    if (options?.input instanceof Uint8Array) inputs.push(Buffer.from(options.input));
    const stdout = answer(argv) ?? '';
    if (stdout === FAILS)
      throw new CommandError({ argv, hostName: 'inside', kind: 'exit', exitCode: 1, stdout: '', stderr: '' });
    return { exitCode: 0, stdout, stderr: '' };
  };
  const inside = {
    exec,
    host: {
      dryRun: false,
      answers: true,
      perform: async (_what: string, work: () => Promise<unknown>) => await work(),
      stat: async () => undefined,
      list: async () => undefined,
      run: exec,
      mkdir: async () => {},
      remove: async (path: string) => void removed.push(path),
      upload: async () => {},
      download: async (path: string, to: string) => await writeFile(to, `what ${path} holds`),
      writeFile: async () => {},
      readText: async (path: string) => texts[path],
    },
  } as Partial<Record<keyof Inside, unknown>> as Inside;
  const env = {
    config: parseConfig(config, 'podbsd.toml'),
    host,
    here: host,
    paths: { ...bakePaths(folder), modules: join(cache ?? folder, 'modules') },
    retries: 0,
    machine: {
      enter: async () => inside,
      has: async () => false,
      discard: async () => {},
      powerOff: async () => {},
      close: async () => {},
    } as Partial<BakeMachine> as BakeMachine,
  } as Partial<BakeEnv> as BakeEnv;
  const run = {
    say: (text) => void said.push(text),
    progress: () => undefined,
    output: () => ({ rootfs: 'zfs', version: '15.1-RELEASE', free: 9000 }) as never,
    signal: new AbortController().signal,
    logFile: '/log',
  } as Partial<StageRun> as StageRun;
  const boot = { name: 'boot', outputs: bootSchema } as Partial<Stage<Boot>> as Stage<Boot>;
  const stage = make(env, { below: boot, boot });
  return {
    commands,
    said,
    inputs,
    removed,
    work: async () => {
      const made = await stage.run(run);
      await stage.check?.(run, made);
    },
  };
}
