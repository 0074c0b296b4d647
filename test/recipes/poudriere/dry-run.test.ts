import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { Builder } from '../../support/builder.ts';

/** The lines of a dry run that call one of these programs, cut into words by a real shell. */
async function printedCommands(output: string, programs: readonly string[]): Promise<readonly string[][]> {
  const lines = output
    .split('\n')
    .map((line) => line.replace(/^(\w+=\S* )+/, ''))
    .filter((line) => programs.includes(line.split(' ')[0] ?? ''));
  const script = lines.map((line) => `printf '%s\\037' ${line}; printf '\\n'`).join('\n');
  const { stdout } = await execa('sh', ['-c', script]);
  return stdout.split('\n').map((line) => line.split('\x1f').slice(0, -1));
}

/** What looks at results after the work is no part of a dry run: there is nothing to look at. */
const isLook = ([program, first, ...rest]: readonly string[]): boolean =>
  program === 'mdconfig' ||
  (program === 'zpool' && first !== 'list') ||
  (program === 'zfs' && !rest.includes('mountpoint') && !rest.includes('available')) ||
  (program === 'pkg' && first === 'query');

const programs = ['poudriere', 'make', 'uname', 'id', 'sysctl', 'zfs', 'pkg'];

/** The name of an attempt is made from the time. */
const timeless = (commands: readonly (readonly string[])[]): string[] =>
  commands.map((argv) => argv.join(' ').replace(/podbsd\d{8}T\d{9}Z/, 'podbsdTIME'));

describe('build-image --dry-run', () => {
  it.each(['release', 'source'])(
    'prints the very commands that a build from %s runs, and does nothing',
    async (base) => {
      const builder = await Builder.make('', { cpus: 1 });
      if (base === 'source') await builder.useSource(true);
      const before = await readdir(builder.folder, { recursive: true });
      // Without doubles in PATH, on this system as it is.
      builder.localEnv = {};
      const { stdout } = await builder.succeed('build-image', '--dry-run');
      expect((await readdir(builder.folder, { recursive: true })).sort()).toEqual(before.sort());
      const printed = await printedCommands(stdout, programs);

      builder.localEnv = undefined;
      await builder.succeed('build-image', '--until', 'image');
      const ran = (await builder.commands()).filter(
        (argv) => programs.includes(argv[0] ?? '') && !isLook(argv),
      );
      expect(timeless(printed)).toEqual(timeless(ran));
      expect(ran.filter(([program]) => program === 'poudriere').length).toBe(6);
    },
  );

  it('prints nothing but lines of JSON with --json', async () => {
    const builder = await Builder.make();
    const { stdout } = await builder.succeed('build-image', '--dry-run', '--json');
    const events = stdout.split('\n').map((line) => JSON.parse(line) as { event: string; line?: string });
    const commands = events.filter(({ event }) => event === 'command').map(({ line }) => line);
    expect(commands).toContain('uname -s');
    expect(commands).toContain(`mkdir -p ${builder.directory}/distfiles`);
  });

  it('names the files that the export would write', async () => {
    const builder = await Builder.make();
    const { stdout } = await builder.succeed('build-image', '--dry-run', '--out', 'elsewhere');
    expect(stdout).toContain(
      `# write ${join(builder.folder, 'work/elsewhere/podbsd-15.1-RELEASE-amd64.qcow2')}`,
    );
  });
});
