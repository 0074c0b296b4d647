import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ExitCode, PodbsdError } from '../../src/ground/errors.ts';
import { LocalHost } from '../../src/host/local.ts';
import type { PipelineEvent } from '../../src/pipeline/events.ts';
import { runPipeline, type PipelineResult } from '../../src/pipeline/runner.ts';
import type { Json, Stage, StageOf } from '../../src/pipeline/stage.ts';

const toldSchema = z.object({ made: z.string(), saw: z.string() });
type Told = z.infer<typeof toldSchema>;
import { tempDir } from '../support/temp-dir.ts';

/** Three stages in a row that write down what is done to them. */
class Rehearsal {
  readonly done: string[] = [];
  readonly inputs: Record<string, Json> = { dig: 1, build: 1, paint: 1 };
  readonly results = new Set<string>();
  failing: string | undefined;
  abort = new AbortController();
  events: PipelineEvent[] = [];

  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  stage(name: string, needs: readonly StageOf<Told>[]): Stage<Told, Pick<Told, 'made'>> {
    return {
      name,
      title: name,
      needs,
      outputs: toldSchema,
      inputs: () => this.inputs[name] ?? null,
      stands: async () => this.results.has(name),
      sweep: async () => void this.done.push(`sweep ${name}`),
      run: async (run) => {
        this.done.push(`${run.resuming ? 'resume' : 'run'} ${name}`);
        if (this.failing === name) throw new PodbsdError({ doing: name, problem: 'it broke' });
        const code = this.failing?.split(`${name} says `)[1];
        if (code !== undefined)
          throw Object.assign(new Error(`${code}: refused or no space left, open '/elsewhere'`), { code });
        if (this.failing === `${name} is stopped`) this.abort.abort(new Error('stopped by SIGINT'));
        this.results.add(name);
        return { made: `${name} ${JSON.stringify(this.inputs[name])}` };
      },
      check: async (run) => ({ saw: JSON.stringify(needs.map((need) => run.output(need).made)) }),
    };
  }

  async run(range: { from?: string; until?: string } = {}): Promise<PipelineResult> {
    this.done.length = 0;
    this.events = [];
    this.abort = new AbortController();
    const dig = this.stage('dig', []);
    const build = this.stage('build', [dig]);
    return await runPipeline({
      host: new LocalHost(),
      stages: [dig, build, this.stage('paint', [build])],
      directory: this.directory,
      logs: join(this.directory, 'logs'),
      range,
      reporter: { report: (event) => void this.events.push(event), close: () => undefined },
      signal: this.abort.signal,
      stopOrphans: async () => void this.done.push('orphans'),
    });
  }

  why(stage: string): string | undefined {
    const start = this.events.find((event) => event.event === 'start' && event.stage === stage);
    return start?.event === 'start' ? start.why : undefined;
  }
}

const make = async (): Promise<Rehearsal> => new Rehearsal(await tempDir());

describe('runPipeline', () => {
  it('runs every stage once, hands outputs on, and then nothing', async () => {
    const rehearsal = await make();
    const { made, outputs } = await rehearsal.run();
    expect(made).toEqual(['dig', 'build', 'paint']);
    expect(outputs['paint']).toEqual({ made: 'paint 1', saw: '["build 1"]' });
    const again = await rehearsal.run();
    expect(again).toEqual({ made: [], outputs });
    expect(rehearsal.done).toEqual([]);
  });

  it('makes anew what depends on a changed input, and nothing else', async () => {
    const rehearsal = await make();
    await rehearsal.run();
    rehearsal.inputs['build'] = 2;
    expect((await rehearsal.run()).made).toEqual(['build', 'paint']);
    expect(rehearsal.why('build')).toBe('inputs changed');
    expect(rehearsal.why('paint')).toBe('an earlier stage was made anew');
  });

  it('makes a result anew that has gone', async () => {
    const rehearsal = await make();
    await rehearsal.run();
    rehearsal.results.delete('paint');
    expect((await rehearsal.run()).made).toEqual(['paint']);
    expect(rehearsal.why('paint')).toBe('result is gone');
  });

  it('obeys --from and --until', async () => {
    const rehearsal = await make();
    expect((await rehearsal.run({ until: 'build' })).made).toEqual(['dig', 'build']);
    expect((await rehearsal.run({ from: 'build' })).made).toEqual(['build', 'paint']);
    expect(rehearsal.done).toContain('run build');
    await expect(rehearsal.run({ from: 'biuld' })).rejects.toMatchObject({
      problem: 'there is no stage biuld; did you mean build?',
      exitCode: ExitCode.usage,
    });
  });

  it('refuses --from a stage that comes after --until', async () => {
    const rehearsal = await make();
    await expect(rehearsal.run({ from: 'paint', until: 'build' })).rejects.toMatchObject({
      problem: 'paint comes after build, so nothing would be rebuilt',
      exitCode: ExitCode.usage,
    });
    expect((await rehearsal.run({ from: 'build', until: 'build' })).made).toEqual(['dig', 'build']);
  });

  it.each([
    ['EROFS', ExitCode.host, 'make that place writable'],
    ['ENOSPC', ExitCode.diskFull, 'free space'],
  ])('does not call %s a bug', async (code, exitCode, remedy) => {
    const rehearsal = await make();
    rehearsal.failing = `build says ${code}`;
    const error = await rehearsal.run().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ exitCode, problem: expect.stringContaining('/elsewhere') as string });
    expect((error as PodbsdError).remedy).toContain(remedy);
  });

  it('sweeps and resumes a stage that failed, and keeps what was finished', async () => {
    const rehearsal = await make();
    rehearsal.failing = 'build';
    await expect(rehearsal.run()).rejects.toThrow('it broke');
    rehearsal.failing = undefined;
    expect((await rehearsal.run()).made).toEqual(['build', 'paint']);
    expect(rehearsal.done).toEqual(['sweep build', 'resume build', 'sweep paint', 'run paint']);
    expect(rehearsal.why('build')).toBe('failed before');
  });

  it('does not resume with other inputs than those of the failed attempt', async () => {
    const rehearsal = await make();
    rehearsal.failing = 'build';
    await expect(rehearsal.run()).rejects.toThrow();
    rehearsal.failing = undefined;
    rehearsal.inputs['build'] = 2;
    await rehearsal.run();
    expect(rehearsal.done).toContain('run build');
  });

  it('reports a stop as a stop, and gives the lock back', async () => {
    const rehearsal = await make();
    rehearsal.failing = 'build is stopped';
    await expect(rehearsal.run()).rejects.toMatchObject({ exitCode: ExitCode.interrupted });
    rehearsal.failing = undefined;
    expect((await rehearsal.run()).made).toEqual(['build', 'paint']);
    expect(rehearsal.why('build')).toBe('interrupted before');
  });

  it('looks for programs left at work after it was killed', async () => {
    const rehearsal = await make();
    await rehearsal.run();
    const journal = join(rehearsal.directory, 'journal.json');
    const text = await readFile(journal, 'utf8');
    await writeFile(journal, text.replaceAll('"state": "done"', '"state": "running"'));
    await rehearsal.run();
    expect(rehearsal.done[0]).toBe('orphans');
    expect(rehearsal.why('dig')).toBe('interrupted before');
  });

  it('takes an entry of the journal that does not fit the stage for one that is not there', async () => {
    const rehearsal = await make();
    await rehearsal.run();
    const journal = join(rehearsal.directory, 'journal.json');
    const text = await readFile(journal, 'utf8');
    await writeFile(journal, text.replace('"made": "build 1"', '"made": 1'));
    expect((await rehearsal.run()).made).toEqual(['build', 'paint']);
    expect(rehearsal.why('build')).toBe('first time');
  });

  it('refuses a damaged journal and says what to do', async () => {
    const rehearsal = await make();
    await rehearsal.run();
    await writeFile(join(rehearsal.directory, 'journal.json'), '{"version": 1, "stages": {"dig"');
    await expect(rehearsal.run()).rejects.toMatchObject({
      exitCode: ExitCode.data,
      remedy: expect.stringContaining('clean --all') as string,
    });
  });
});
