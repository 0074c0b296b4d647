import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { packageHere, thisSystem } from '../../src/ground/install-advice.ts';
import type { Part } from '../../src/ground/packages.ts';
import type { Outcome } from '../environment/driver.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { startSshd } from '../support/sshd.ts';
import { tempDir } from '../support/temp-dir.ts';

const packages: Readonly<Record<string, Part>> = {
  'qemu-system-x86_64': 'qemu-amd64',
  'qemu-img': 'qemu-img',
  'mformat and mcopy': 'mtools',
  zstd: 'zstd',
  xz: 'xz',
  skopeo: 'skopeo',
  ps: 'ps',
};

/** The line of the error for a program that is missing. */
function line(programs: string): string {
  const part = packages[programs];
  const name = part === undefined ? undefined : packageHere(part, thisSystem());
  const verb = programs.includes(' and ') ? 'are' : 'is';
  return `${programs} ${verb} not installed${name === undefined ? '' : ` (package ${name})`}`;
}

/** A folder with images that look packed, a configuration, and a file where a folder should be. */
async function work(): Promise<string> {
  const folder = await tempDir();
  await mkdir(join(folder, 'home'));
  await writeFile(
    join(folder, 'image.xz'),
    Buffer.concat([Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), Buffer.alloc(512)]),
  );
  await writeFile(join(folder, 'file'), '');
  await writeFile(join(folder, 'podbsd.toml'), '[build]\narchitecture = "amd64"\n');
  return folder;
}

/** Runs the command lines one after the other in one process, whose PATH is empty. */
async function podbsd(folder: string, lines: readonly string[]): Promise<Outcome[]> {
  const result = join(await tempDir(), 'result.json');
  const argv = [await bundledProgram('test/environment/driver.ts'), result];
  await execa(process.execPath, [...argv, JSON.stringify(lines.map((one) => one.split(' ')))], {
    cwd: folder,
    extendEnv: false,
    env: { PATH: join(folder, 'bin'), HOME: join(folder, 'home'), TMPDIR: folder, NO_COLOR: '1' },
  });
  return JSON.parse(await readFile(result, 'utf8')) as Outcome[];
}

const qemu = ['qemu-system-x86_64', 'qemu-img'];
const bake = [...qemu, 'mformat and mcopy', 'zstd', 'ps'];

/** What each command cannot do without, and a place that cannot be written where it takes one. */
const commands: readonly (readonly [
  line: string,
  programs: readonly string[],
  others?: readonly string[],
])[] = [
  ['build-image --recipe bake', [...bake, 'xz']],
  ['build-image --recipe bake --dry-run', [...bake, 'xz']],
  [
    'build-image --recipe bake --base-image image.xz --out file',
    [...bake, 'xz'],
    ['file is a file, and a folder is needed'],
  ],
  [
    'build-image --recipe bake --base-image nowhere.img',
    bake,
    ['nowhere.img: there is no such file or folder'],
  ],
  ['build-image --recipe bake --base-image file --dry-run', bake, ['file: it is not a disk image: it is ']],
  ['build-image --builder vm', [...bake, 'xz']],
  ['image build', [...bake, 'xz']],
  ['image build --dry-run', [...bake, 'xz']],
  ['machine init --provider qemu --image image.xz box', [...qemu, 'ps', 'xz']],
  ['machine init --provider qemu --image image.xz --dry-run box', [...qemu, 'ps', 'xz']],
  ['machine init --provider qemu --image docker://example.org/image box', [...qemu, 'ps', 'skopeo']],
  ['machine init --provider qemu --now box', [...qemu, 'ps']],
  ['alpine create box --out file/box', ['mformat and mcopy'], ['file is a file, so ']],
  ['alpine create box --out file/box --dry-run', ['mformat and mcopy'], ['file is a file, so ']],
  [
    'export image.xz --out file --format qcow2.zst,vhdx --sign nowhere.key',
    ['zstd', 'xz'],
    ['file is a file, and a folder is needed', 'nowhere.key: there is no such file or folder'],
  ],
  ['export image.xz --out made --format qcow2.zst --dry-run', ['zstd', 'xz']],
  ['verify image.xz --arch amd64', [...qemu, 'xz']],
];

describe.runIf(process.arch === 'x64')('without what it needs', () => {
  it('each command names all of it at once and makes nothing', async () => {
    const folder = await work();
    const before = (await readdir(folder, { recursive: true })).sort();
    const outcomes = await podbsd(
      folder,
      commands.map(([args]) => args),
    );
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(before);
    for (const [index, [args, programs, others = []]] of commands.entries()) {
      const { exitCode, output } = outcomes[index] ?? { exitCode: undefined, output: '' };
      expect([exitCode, output.match(/^error:/gm)], `${args}: ${output}`).toEqual([
        ExitCode.host,
        ['error:'],
      ]);
      const named = output.split('\n').filter((one) => / (is|are) not installed/.test(one));
      expect(named.sort(), args).toEqual(programs.map((program) => `  ${line(program)}`).sort());
      for (const other of others) expect(output, args).toContain(other);
    }
  });

  it.skipIf(process.getuid?.() === 0)(
    'setup-podman says that it may not write, before it writes',
    async () => {
      const folder = await work();
      await writeFile(join(folder, 'home/.config'), '');
      await writeFile(join(folder, 'home/.local'), '');
      const [outcome] = await podbsd(folder, ['setup-podman']);
      expect(outcome?.output.match(/is a file, so/g)).toHaveLength(2);
    },
  );
});

it.skipIf(process.platform !== 'linux' || missing('sshd') !== undefined)(
  'a dry run asks the builder, too, and refuses what the real run would refuse',
  async () => {
    const sshd = await startSshd();
    try {
      const folder = await work();
      const login = `--host ssh://${sshd.user}@127.0.0.1:${sshd.port} --identity ${sshd.identityFile}`;
      const [outcome] = await podbsd(folder, [`build-image ${login} --accept-new-host-key --dry-run`]);
      expect(outcome?.output).toContain(
        'runs Linux, and Poudriere, which makes the image, runs on FreeBSD only',
      );
      expect(outcome?.exitCode).toBe(ExitCode.host);
    } finally {
      await sshd.stop();
    }
  },
);
