import { mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot, podbsdVersion } from '../../../src/ground/assets.ts';
import { changeSource, readTree, writeP9fsSource } from '../../support/p9fs-source.ts';
import { findProgram, missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';

const port = join(packageRoot, 'poudriere/ports/sysutils/podbsd-p9fs-kmod');
const script = join(port, 'files/large-messages');
const header = 'fs/p9fs/p9_client.h';
const client = 'fs/p9fs/p9_client.c';
const transport = 'dev/virtio/p9fs/virtio_p9fs.c';
const mount = 'fs/p9fs/p9fs_vfsops.c';

/** What is changed whatever the size: only the header of a message's buffer is cleared. */
const cleared = [
  '-\tfc = uma_zalloc(p9fs_buf_zone, M_WAITOK | M_ZERO);',
  '+\tfc = uma_zalloc(p9fs_buf_zone, M_WAITOK);',
  '+\tmemset(fc, 0, sizeof(struct p9_buffer));',
];

/** A made-up source in a folder of this test. */
async function source(): Promise<string> {
  const folder = await tempDir();
  await writeP9fsSource(folder);
  return folder;
}

/** The lines that an edit took away and put in, file by file. */
function difference(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  expect(Object.keys(after)).toEqual(Object.keys(before));
  return Object.keys(before).flatMap((file) => {
    const [old, now] = [before, after].map((tree) => (tree[file] ?? '').split('\n'));
    const gone = (old ?? []).filter((line) => now?.includes(line) !== true).map((line) => `-${line}`);
    const come = (now ?? []).filter((line) => old?.includes(line) !== true).map((line) => `+${line}`);
    return [...gone, ...come];
  });
}

describe('large-messages', () => {
  const run = (args: readonly string[], path?: string) =>
    execa('sh', [script, ...args], { reject: false, ...(path === undefined ? {} : { env: { PATH: path } }) });

  it.each([
    [8, 8192, 20],
    [16, 16384, 20],
    [32, 32768, 32],
    [64, 65536, 64],
    [128, 131072, 128],
  ])('changes three numbers for messages of %i KiB', async (kib, bytes, segments) => {
    const folder = await source();
    const before = await readTree(folder);
    const { exitCode, stderr } = await run([String(kib), join(folder, 'sys')]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    const numbers = [
      ['#define MAX_SUPPORTED_SGS 20', `#define MAX_SUPPORTED_SGS ${segments}`],
      ['\tclnt->msize = 8192;', `\tclnt->msize = ${bytes};`],
      ['#define P9FS_MTU 8192', `#define P9FS_MTU ${bytes}`],
    ].filter(([from, to]) => from !== to);
    const changed = difference(before, await readTree(folder));
    expect(changed.sort()).toEqual(
      [...numbers.flatMap(([from, to]) => [`-${from ?? ''}`, `+${to ?? ''}`]), ...cleared].sort(),
    );
  });

  it('clears the header of a buffer before its fields are set, and no message', async () => {
    const folder = await source();
    await run(['64', join(folder, 'sys')]);
    const text = await readFile(join(folder, 'sys', client), 'utf8');
    expect(text).toContain(
      '\tfc = uma_zalloc(p9fs_buf_zone, M_WAITOK);\n\tmemset(fc, 0, sizeof(struct p9_buffer));\n\tfc->capacity',
    );
    // What else is allocated stays as it is.
    expect(text).toContain('\treq = uma_zalloc(p9fs_req_zone, M_WAITOK | M_ZERO);\n');
  });

  it('lists the segments anew for each attempt', async () => {
    const folder = await source();
    await run(['64', join(folder, 'sys')]);
    const text = await readFile(join(folder, 'sys', transport), 'utf8');
    expect(text).toContain(
      '\tVT9P_LOCK(chan);\nreq_retry:\n\tsglist_reset(sg);\n\terror = sglist_append(sg);\n\terror = virtqueue',
    );
    expect(text.match(/^req_retry:$/gm)).toHaveLength(1);
  });

  it('leaves the label where it is when it is above already', async () => {
    const folder = await source();
    await changeSource(folder, transport, 'req_retry:\n', '');
    await changeSource(folder, transport, '\tsglist_reset', 'req_retry:\n\tsglist_reset');
    const before = await readTree(folder);
    expect((await run(['8', join(folder, 'sys')])).exitCode).toBe(0);
    expect(difference(before, await readTree(folder))).toEqual(cleared);
  });

  it("gives separate modules a version of their own, so that they never mix with the kernel's", async () => {
    const folder = await source();
    const before = await readTree(folder);
    expect((await run(['-m', '8', join(folder, 'sys')])).exitCode).toBe(0);
    expect(difference(before, await readTree(folder))).toEqual([
      '-MODULE_DEPEND(virtio_p9fs, p9fs, 1, 1, 1);',
      '+MODULE_DEPEND(virtio_p9fs, p9fs, 1008, 1008, 1008);',
      ...cleared,
      '-MODULE_VERSION(p9fs, 1);',
      '+MODULE_VERSION(p9fs, 1008);',
    ]);
  });

  it('keeps the mode of the files', async () => {
    const folder = await source();
    const file = join(folder, 'sys', header);
    const before = await stat(file);
    expect((await run(['64', join(folder, 'sys')])).exitCode).toBe(0);
    expect((await stat(file)).mode).toBe(before.mode);
  });

  const lines: readonly (readonly [path: string, line: string, changed: string])[] = [
    [header, '#define P9FS_MTU 8192', '#define P9FS_MTU (128 * 1024)'],
    [client, '\tclnt->msize = 8192;', '\tclnt->msize = P9FS_MTU;'],
    [transport, '#define MAX_SUPPORTED_SGS 20', '#define MAX_SUPPORTED_SGS\t20'],
    [transport, 'req_retry:', 'req_retry: ;'],
    [transport, '\tsglist_reset(sg);', '\tsglist_reset(chan->vt9p_sglist);'],
    [transport, 'MODULE_DEPEND(virtio_p9fs, p9fs, 1, 1, 1);', 'MODULE_DEPEND(virtio_p9fs, p9fs, 1, 1, 2);'],
    [mount, 'MODULE_VERSION(p9fs, 1);', 'MODULE_VERSION(p9fs, 2);'],
  ];
  const wrong = lines.flatMap(([path, line, changed]) => [
    { what: 'changed', path, line, to: changed, found: changed },
    { what: 'doubled', path, line, to: `${line}\n${line}`, found: line },
    { what: 'doubled in another form', path, line, to: `${line}\n${changed}`, found: changed },
    { what: 'missing', path, line, to: '/* gone */', found: undefined },
  ]);

  it.each(wrong)(
    'refuses $path with "$line" $what, and changes nothing',
    async ({ path, line, to, found }) => {
      const folder = await source();
      await changeSource(folder, path, `${line}\n`, `${to}\n`);
      const before = await readTree(folder);
      const { exitCode, stderr } = await run(['-m', '64', join(folder, 'sys')]);
      expect(exitCode).toBe(65);
      expect(stderr).toContain(join(folder, 'sys', path));
      expect(stderr).toContain(`  ${line}\n`);
      if (found !== undefined) expect(stderr).toMatch(/^ {2}line \d+: /m);
      if (found !== undefined) expect(stderr).toContain(`: ${found}\n`);
      expect(stderr).toContain('Nothing was changed');
      expect(stderr).toContain('message_size = "stock"');
      expect(await readTree(folder)).toEqual(before);
    },
  );

  // One line of the function is enough to make it another one.
  it.each([
    ['clears nothing already', 'M_WAITOK | M_ZERO);\n\tfc->', 'M_WAITOK);\n\tfc->'],
    ['gets messages from elsewhere', 'uma_zalloc(p9fs_buf_zone', 'uma_zalloc(p9fs_message_zone'],
    ['takes another argument', '(int alloc_msize)', '(struct p9_client *clnt)'],
    ['has another field', '\tfc->size = 0;\n', '\tfc->size = 0;\n\tfc->next = NULL;\n'],
    ['puts the message elsewhere', 'sizeof(struct p9_buffer);', 'roundup2(sizeof(*fc), 64);'],
    ['is not the only one', '\treq->tc =', '\tfc = uma_zalloc(p9fs_buf_zone, M_NOWAIT);\n\treq->tc ='],
  ])('refuses a p9_buffer_alloc that %s, and changes nothing', async (_what, from, to) => {
    const folder = await source();
    await changeSource(folder, client, from, to);
    const before = await readTree(folder);
    const { exitCode, stderr } = await run(['-m', '64', join(folder, 'sys')]);
    expect(exitCode).toBe(65);
    expect(stderr).toContain(
      `${join(folder, 'sys', client)}: expected exactly once:\n  p9_buffer_alloc(int alloc_msize)\n  {\n`,
    );
    expect(stderr).toMatch(/but found:\n {2}from line \d+:\n {2}p9_buffer_alloc\(/);
    expect(stderr).toContain('Nothing was changed');
    expect(await readTree(folder)).toEqual(before);
  });

  it('refuses a client without p9_buffer_alloc', async () => {
    const folder = await source();
    await changeSource(
      folder,
      client,
      '\np9_buffer_alloc(int alloc_msize)',
      '\np9_message_alloc(int alloc_msize)',
    );
    await changeSource(folder, client, 'uma_zalloc(p9fs_buf_zone', 'malloc(p9fs_buf_zone');
    const before = await readTree(folder);
    const { exitCode, stderr } = await run(['64', join(folder, 'sys')]);
    expect(exitCode).toBe(65);
    expect(stderr).toContain('but found no line like it');
    expect(await readTree(folder)).toEqual(before);
  });

  it('says so when there is no line like the expected one', async () => {
    const folder = await source();
    await changeSource(folder, header, '#define P9FS_MTU 8192\n', '');
    expect((await run(['64', join(folder, 'sys')])).stderr).toContain('but found no line like it');
  });

  it('refuses to change a tree twice', async () => {
    const folder = await source();
    await run(['64', join(folder, 'sys')]);
    const { exitCode, stderr } = await run(['128', join(folder, 'sys')]);
    expect(exitCode).toBe(65);
    expect(stderr).toContain('line 2: #define P9FS_MTU 65536');
  });

  it('refuses a source without p9fs', async () => {
    const folder = await source();
    await rm(join(folder, 'sys', transport));
    const before = await readTree(folder);
    const { exitCode, stderr } = await run(['64', join(folder, 'sys')]);
    expect(exitCode).toBe(65);
    expect(stderr).toContain(`${join(folder, 'sys', transport)}: no such file`);
    expect(await readTree(folder)).toEqual(before);
  });

  it.each([['7'], ['64x'], ['256'], ['']])('takes no message size %s', async (kib) => {
    const folder = await source();
    expect((await run([kib, join(folder, 'sys')])).exitCode).toBe(64);
  });

  // original-awk is FreeBSD's awk; mawk is Debian's.
  const awks = ['original-awk', 'mawk', 'gawk', 'busybox'].filter((name) => missing(name) === undefined);

  it.each(awks)('does the same with %s', async (name) => {
    const programs = join(await tempDir(), 'bin');
    await mkdir(programs);
    await symlink(findProgram(name) ?? '', join(programs, 'awk'));
    const [expected, folder] = [await source(), await source()];
    await run(['-m', '64', join(expected, 'sys')]);
    const path = `${programs}:${process.env['PATH'] ?? ''}`;
    expect((await run(['-m', '64', join(folder, 'sys')], path)).exitCode).toBe(0);
    expect(await readTree(folder)).toEqual(await readTree(expected));
    const again = await run(['-m', '64', join(folder, 'sys')], path);
    expect(again.exitCode).toBe(65);
    expect(again.stderr).toContain('line 2: #define P9FS_MTU 65536');
  });
});

describe.skipIf(missing('bmake', 'gcc') !== undefined)('sysutils/podbsd-p9fs-kmod', () => {
  const doubles = join(packageRoot, 'test/doubles/ports');

  async function make(base: string, args: readonly string[]) {
    const work = join(await tempDir(), 'wrkdirs');
    const settings = [`SRC_BASE=${base}`, `WRKDIRPREFIX=${work}`];
    const argv = ['-m', doubles, '-C', port, ...settings, ...args];
    const { exitCode, stdout, stderr } = await execa('bmake', argv, { reject: false });
    return { exitCode, stdout, stderr, stage: join(work, 'work/stage') };
  }

  it('builds both modules with large messages and leaves the source of the base alone', async () => {
    const base = await source();
    const before = await readTree(base);
    const { exitCode, stderr, stage } = await make(base, ['stage']);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    expect(await readTree(base)).toEqual(before);
    const staged = await readTree(stage);
    expect(Object.keys(staged)).toEqual([
      'boot/loader.conf.d/podbsd-p9fs.conf',
      'boot/modules/p9fs.ko',
      'boot/modules/virtio_p9fs.ko',
    ]);
    const p9fs = staged['boot/modules/p9fs.ko'] ?? '';
    // The size of the buffer comes from the header: the changed one was used, not that of the base.
    expect(p9fs).toContain('char buffer[65536];');
    expect(p9fs).toContain('clnt->msize = 65536;');
    expect(p9fs).toContain('MODULE_VERSION(p9fs, 1064);');
    expect(p9fs).toMatch(/^tied$/m);
    const virtio = staged['boot/modules/virtio_p9fs.ko'] ?? '';
    expect(virtio).toContain('chan->max_nsegs = 64;');
    expect(virtio).toContain('MODULE_DEPEND(virtio_p9fs, p9fs, 1064, 1064, 1064);');
  });

  it('takes another message size', async () => {
    const { stage, stderr } = await make(await source(), ['P9FS_MESSAGE_KIB=128', 'stage']);
    expect(stderr).toBe('');
    const staged = await readTree(stage);
    expect(staged['boot/modules/p9fs.ko']).toContain('char buffer[131072];');
    expect(staged['boot/modules/virtio_p9fs.ko']).toContain('chan->max_nsegs = 128;');
  });

  it('carries the version of podbsd and the message size, so that another size is another package', async () => {
    const name = async (...args: string[]) => (await make('/nowhere', [...args, '-v', 'PKGNAME'])).stdout;
    expect(await name()).toBe(`podbsd-p9fs-kmod-${podbsdVersion()}.64`);
    expect(await name('P9FS_MESSAGE_KIB=32')).toBe(`podbsd-p9fs-kmod-${podbsdVersion()}.32`);
  });

  it('stops before anything is built when the source does not read as expected', async () => {
    const base = await source();
    await changeSource(base, header, 'P9FS_MTU 8192', 'P9FS_MTU 131072');
    const before = await readTree(base);
    const { exitCode, stdout, stderr, stage } = await make(base, ['stage']);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(
      'expected exactly once:\n  #define P9FS_MTU 8192\nbut found:\n  line 2: #define P9FS_MTU 131072',
    );
    expect(stdout).not.toContain('.ko');
    await expect(stat(stage)).rejects.toThrow('ENOENT');
    expect(await readTree(base)).toEqual(before);
  });

  it('needs the source of the kernel', async () => {
    const { exitCode, stderr } = await make(await tempDir(), ['stage']);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('requires kernel source files in SRC_BASE=');
  });
});

describe('podbsd-p9fs.conf', () => {
  it('names the files that the package installs, with their whole path, p9fs first', async () => {
    const plist = (await readFile(join(port, 'pkg-plist'), 'utf8'))
      .replaceAll('%%KMODDIR%%', 'boot/modules')
      .split('\n');
    const text = await readFile(join(port, 'files/podbsd-p9fs.conf'), 'utf8');
    const settings = Object.fromEntries(
      text
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line) => /^([a-z0-9_]+)="(.*)"$/.exec(line)?.slice(1) as [string, string]),
    );
    expect(settings).toEqual({
      virtio_p9fs_load: 'YES',
      virtio_p9fs_name: '/boot/modules/virtio_p9fs.ko',
      virtio_p9fs_before: 'load /boot/modules/p9fs.ko',
      p9fs_name: '/boot/modules/p9fs.ko',
    });
    expect(plist).toEqual(expect.arrayContaining(['/boot/modules/virtio_p9fs.ko', '/boot/modules/p9fs.ko']));
  });
});
