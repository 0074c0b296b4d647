import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { helperScript } from '../../../src/bundles/helpers.ts';
import { packageRoot } from '../../../src/ground/assets.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { gptDisk, installStandIns, partitionTypes } from './installed.ts';
import { recordedWords } from './recorded.ts';

const front = join(packageRoot, 'src', 'podman', 'apple', 'front');
/** macOS has bash 3.2 as sh, in POSIX mode, and may have dash; both also take the least of what Linux has. */
const shells: readonly { readonly shell: readonly [string, ...string[]] }[] = [
  { shell: ['dash'] },
  { shell: ['bash', '--posix'] },
];

describe.skipIf(missing('dash', 'bash') !== undefined).each(shells)('the front under $shell', ({ shell }) => {
  let folder: string;
  let helpers: string;

  beforeEach(async () => {
    // Names that hurt whoever reads them as shell, as a pattern or as an option.
    folder = join(await tempDir(), `a b'$(touch x)"*`);
    helpers = join(folder, 'helpers');
    await installStandIns(helpers);
    // In the place of node: what the program would be called with.
    await fs.rm(join(helpers, 'lib', 'node'));
    await say(join(helpers, 'lib', 'node'), 'node');
  });

  /** A program that says its name, its folder and its arguments, each ended by NUL. */
  async function say(path: string, name: string): Promise<void> {
    await fs.mkdir(join(path, '..'), { recursive: true });
    await fs.writeFile(path, `#!/bin/sh\nprintf '%s\\0' ${name} "$@"\n`, { mode: 0o755 });
  }

  async function run(
    name: string,
    words: readonly string[],
    env: Record<string, string> = {},
  ): Promise<{ exitCode: number | undefined; said: string[]; stderr: string }> {
    const [program, ...options] = shell;
    const { exitCode, stdout, stderr } = await execa(program, [...options, join(helpers, name), ...words], {
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...env },
      extendEnv: false,
      reject: false,
    });
    return { exitCode, said: stdout.split('\0').slice(0, -1), stderr };
  }

  async function wordsFor(disk: Buffer | string): Promise<string[]> {
    const path = join(folder, 'tm-arm64.raw');
    await fs.writeFile(path, disk);
    return [
      ...recordedWords('5.8.3-applehv', 'first-boot').map((word) =>
        word.startsWith('virtio-blk') ? `virtio-blk,path=${path}` : word,
      ),
      ...['', 'two\nlines \\ $HOME `id`', '--device', '-n'],
    ];
  }

  it.each(['freebsdUfs', 'freebsdZfs', 'freebsdBoot'] as const)('a disk with %s is ours', async (type) => {
    const words = await wordsFor(gptDisk(partitionTypes[type]));
    const { said } = await run('vfkit', words);
    expect(said).toEqual(['node', join(helpers, 'lib', 'podman-helper.mjs'), 'vfkit', ...words]);
  });

  const otherSize = gptDisk(partitionTypes.freebsdUfs);
  otherSize.writeUInt32LE(100, 512 + 84);
  const asUnique = gptDisk(partitionTypes.linux);
  partitionTypes.freebsdUfs.copy(asUnique, 1024 + 3 * 128 + 16);
  const noTable = gptDisk(partitionTypes.freebsdUfs);
  noTable.write('XFI', 512);
  const mbrOnly = Buffer.alloc(64 * 1024);
  mbrOnly[450] = 0xa5;
  mbrOnly.writeUInt16LE(0xaa55, 510);

  it.each([
    ['a disk of Linux', gptDisk(partitionTypes.linux)],
    ["FreeBSD's number in another place", asUnique],
    ['a table that is none', noTable],
    ['entries of a strange size', otherSize],
    ['an old partition table', mbrOnly],
    ['a file that ends too early', gptDisk(partitionTypes.freebsdUfs).subarray(0, 1400)],
    ['an empty file', Buffer.alloc(0)],
    ['text', 'no disk at all\n'],
  ])('%s reaches the real helper, byte for byte', async (_, disk) => {
    await say(join(folder, 'real', 'krunkit'), 'real');
    const words = await wordsFor(disk);
    const { said } = await run('krunkit', words, {
      PATH: `${join(folder, 'real')}:${process.env['PATH'] ?? ''}`,
    });
    expect(said).toEqual(['real', ...words]);
  });

  it.each([
    ['no disk', ['--version']],
    ['nothing at all', []],
    ['a disk that is not there', ['--device', 'virtio-blk,path=/nowhere/tm-arm64.raw']],
    ['a folder', ['--device', 'virtio-blk,path=/']],
    ['a device', ['--device', 'virtio-blk,path=/dev/zero']],
    ['a path that is not whole', ['--device', 'virtio-blk,path=tm-arm64.raw']],
    ['another option', ['--devices', 'virtio-blk,path=DISK']],
    ['two disks', ['--device', 'virtio-blk,path=DISK', '--device', 'virtio-blk,path=DISK']],
  ])('%s is left to the real helper', async (_, asked) => {
    await say(join(folder, 'real', 'vfkit'), 'real');
    const disk = join(folder, 'disk.raw');
    await fs.writeFile(disk, gptDisk(partitionTypes.freebsdUfs));
    const words = asked.map((word) => word.replace('DISK', disk));
    const { said } = await run('vfkit', words, {
      PATH: `${join(folder, 'real')}:${process.env['PATH'] ?? ''}`,
    });
    expect(said).toEqual(['real', ...words]);
  });

  it('the real helper is where podman would have found it: the environment, its folders, $BINDIR, PATH', async () => {
    const at = (name: string): string => join(folder, name);
    const cellar = join('cellar', '5.8.3');
    await say(join(at('path'), 'vfkit'), 'path');
    await say(join(at('listed'), 'vfkit'), 'listed');
    await say(join(at('named'), 'vfkit'), 'named');
    await say(join(at(cellar), 'libexec', 'podman', 'vfkit'), 'bindir');
    await say(join(at(cellar), 'bin', 'podman'), 'podman');
    await fs.mkdir(at('bin'));
    await fs.symlink(join('..', cellar, 'bin', 'podman'), join(at('bin'), 'podman'));
    const list = async (...folders: string[]): Promise<void> =>
      fs.writeFile(join(helpers, 'lib', 'helper-folders'), `${folders.join(':')}\n`);
    const real = async (env: Record<string, string>): Promise<string | undefined> =>
      (await run('vfkit', ['--version'], env)).said[0];
    const PATH = `${at('bin')}:${at('path')}:${process.env['PATH'] ?? ''}`;

    await list('/nowhere', at('listed'));
    expect(await real({ PATH, CONTAINERS_HELPER_BINARY_DIR: at('named') })).toBe('named');
    // Set by podbsd's own drop-in.
    expect(await real({ PATH, CONTAINERS_HELPER_BINARY_DIR: helpers })).toBe('listed');
    expect(await real({ PATH })).toBe('listed');
    await list('$BINDIR/../libexec/podman', at('listed'));
    expect(await real({ PATH })).toBe('bindir');
    await list('/nowhere');
    expect(await real({ PATH })).toBe('path');
  });

  it('never itself, nor stand-ins of podbsd that lie elsewhere, nor what cannot be run', async () => {
    const others = join(folder, 'others');
    await installStandIns(others);
    await fs.mkdir(join(folder, 'links'));
    await fs.symlink(join(helpers, 'vfkit'), join(folder, 'links', 'vfkit'));
    await fs.mkdir(join(folder, 'dead', 'vfkit'), { recursive: true });
    await fs.writeFile(join(folder, 'helpers', 'lib', 'helper-folders'), '/nowhere\n');
    const PATH = [
      helpers,
      others,
      ...['links', 'dead'].map((name) => join(folder, name)),
      process.env['PATH'],
    ].join(':');
    const log = join(folder, 'tm.log');
    const { exitCode, stderr } = await run('vfkit', ['--device', `virtio-serial,logFilePath=${log}`], {
      PATH,
    });
    expect([exitCode, stderr]).toEqual([127, expect.stringContaining('vfkit is not installed')]);
    expect(await fs.readFile(log, 'utf8')).toContain('podbsd: vfkit is not installed');
  });

  it('gvproxy waits for a stream of a FreeBSD machine, and stays as it is for all others', async () => {
    await fs.writeFile(join(helpers, 'gvproxy'), await helperScript('apple', 'gvproxy'), { mode: 0o755 });
    await say(join(folder, 'real', 'gvproxy'), 'real');
    const PATH = `${join(folder, 'real')}:${process.env['PATH'] ?? ''}`;
    const words = recordedWords('5.8.3-applehv', 'gvproxy');
    const socket = '/var/folders/zz/T/podman/tm-gvproxy.sock';
    const data = (provider: string): string =>
      join(folder, '.local/share/containers/podman/machine', provider);
    await fs.mkdir(data('applehv'), { recursive: true });
    await fs.mkdir(data('libkrun'), { recursive: true });
    expect((await run('gvproxy', words, { PATH })).said).toEqual(['real', ...words]);

    await fs.writeFile(join(data('applehv'), 'tm-arm64.raw'), gptDisk(partitionTypes.freebsdZfs));
    const changed = words.map((word) =>
      word === '-listen-vfkit' ? '-listen-qemu' : word === `unixgram://${socket}` ? `unix://${socket}` : word,
    );
    expect(changed).toContain(`unix://${socket}`);
    expect((await run('gvproxy', words, { PATH })).said).toEqual(['real', ...changed]);
    expect((await run('gvproxy', ['--version'], { PATH })).said).toEqual(['real', '--version']);

    await fs.writeFile(join(data('libkrun'), 'tm-arm64.raw'), gptDisk(partitionTypes.linux));
    expect((await run('gvproxy', words, { PATH })).said).toEqual(['real', ...words]);
  });

  it("says so in the machine's log when its program is gone", async () => {
    await fs.rm(join(helpers, 'lib', 'podman-helper.mjs'));
    const log = join(folder, 'tm.log');
    const words = (await wordsFor(gptDisk(partitionTypes.freebsdUfs))).map((word) =>
      word.replace(/^virtio-serial,.*/, `virtio-serial,logFilePath=${log}`),
    );
    expect((await run('vfkit', words)).exitCode).toBe(1);
    expect(await fs.readFile(log, 'utf8')).toContain('podbsd setup-podman');
  });

  it('works where the folder in which podman was called is gone', async () => {
    const gone = join(folder, 'gone');
    await fs.mkdir(gone);
    const words = await wordsFor(gptDisk(partitionTypes.freebsdUfs));
    const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
    const { stdout } = await execa('sh', [
      '-c',
      script,
      'sh',
      gone,
      ...shell,
      join(helpers, 'vfkit'),
      ...words,
    ]);
    expect(stdout.split('\0').slice(0, -1)).toEqual([
      'node',
      join(helpers, 'lib', 'podman-helper.mjs'),
      'vfkit',
      ...words,
    ]);
  });
});

describe.skipIf(missing('shellcheck') !== undefined)('the scripts', () => {
  it.each(['hypervisor', 'gvproxy', 'freebsd-disk', 'real-helper', 'guard', 'launch'])(
    '%s is found good by shellcheck',
    async (name) => {
      await execa('shellcheck', ['-s', 'sh', '-x', join(front, name)], { cwd: packageRoot });
    },
  );
});

it.skipIf(missing('perl') !== undefined)('the launcher is found good by perl', async () => {
  await execa('perl', ['-Tcw', join(front, 'datagram.pl')]);
});
