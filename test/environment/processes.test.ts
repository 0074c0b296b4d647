import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { exitCodeMeanings } from '../../src/commands/reference/exit-codes.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { mbrSector } from '../disk/sample-disk.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

/**
 * What one process cannot try on all commands after the other: limits, full file systems, closed streams, signals, and
 * two of a kind. Each command here reaches the system in a way of its own, since every start costs a part of a second.
 */

/** Where a case is tried: a home, an image that is fit for a machine, an overlay archive, and an empty folder `full`. */
interface Place {
  readonly work: string;
  readonly program: string;
}

interface Ended {
  readonly exitCode: number;
  readonly output: string;
}

const documented = new Set(exitCodeMeanings.map(([code]) => code));
let place: Place;
let tried = 0;
const isRoot = process.getuid?.() === 0;
/** root has to become somebody whom rights mean something to. */
const noUser = isRoot && missing('setpriv') !== undefined;

beforeEach(async () => {
  const work = await tempDir();
  for (const name of ['home', 'full', 'locked']) await mkdir(join(work, name));
  await writeFile(join(work, 'image.raw'), Buffer.concat([mbrSector(), Buffer.alloc(1024 * 1024 - 512)]));
  await writeFile(join(work, 'text'), 'neither image nor archive\n'.repeat(1000));
  await mkdir(join(work, 'tree/etc'), { recursive: true });
  await writeFile(join(work, 'tree/etc/hostname'), 'guest\n');
  await execa('tar', ['-czf', 'guest.apkovl.tar.gz', '-C', 'tree', 'etc'], { cwd: work });
  place = { work, program: await bundledProgram() };
});

/** Runs a line of shell in which `podbsd` is the program. */
async function shell(
  line: string,
  env: Readonly<Record<string, string>> = {},
  before: readonly string[] = [],
): Promise<Ended> {
  const { work, program } = place;
  const podbsd = `podbsd() { "${process.execPath}" $NODE_WORDS "${program}" "$@"; }\n`;
  const [first, ...rest] = [...before, '/bin/sh', '-c', podbsd + line];
  const { exitCode, signal, all } = await execa(first, rest, {
    ...{ cwd: work, all: true, reject: false, stdin: 'ignore', extendEnv: false },
    env: {
      PATH: process.env['PATH'] ?? '',
      PODBSD_TEST: process.env['PODBSD_TEST'] ?? '',
      HOME: join(work, 'home'),
      NODE_WORDS: '',
      ...env,
    },
  });
  expect(signal, `${line}: ${all}`).toBeUndefined();
  return { exitCode: exitCode ?? -1, output: all };
}

/** Success, or an error in words: what was being done, what went wrong, what to do next. */
function expectWords({ exitCode, output }: Ended, told = true): void {
  tried += 1;
  const said = `exit code ${exitCode}\n${output}`;
  expect(documented.has(exitCode) && exitCode !== ExitCode.internal, said).toBe(true);
  expect(said).not.toMatch(/^ {4}at |This is a bug|\bundefined\b|\[object|node:internal/m);
  if (exitCode === ExitCode.ok || exitCode === ExitCode.failed || !told) return;
  expect(said).toMatch(/^error: \S.*\n( {2}\S.*\n)+next: {2}\S/m);
}

const PLACES = /^home\/\.local(\/share(\/podbsd(\/machine(\/\.lock)?)?)?)?$/;

/** Everything below a folder, hidden names as well. */
async function below(folder: string): Promise<string[]> {
  return (await readdir(join(place.work, folder), { recursive: true })).sort();
}

/** That nothing is there that was not before, but the folder of machines and its lock, which nobody holds. */
async function expectNothingNew(before: readonly string[], folder: string): Promise<void> {
  const after = await below(folder);
  expect(after.filter((name) => !before.includes(name) && !PLACES.test(name))).toEqual([]);
}

const INIT = (name: string): string =>
  `podbsd machine init ${name} --image image.raw --disk-size 1 --memory 512 -v '' --network user`;
const ADD = 'podbsd alpine overlay add guest.apkovl.tar.gz text /etc/text';

const noTools = missing('qemu-img', 'tar') !== undefined;
/** A file system of one's own is Linux's, for users that may have a user namespace. */
const noMount =
  (await execa('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt'], { reject: false })).exitCode !== 0;

/** Begins at the start of 1970, with nothing but the program's own clock changed. */
const EPOCH =
  '--import=data:text/javascript,const%20D=Date,s=D.now();' +
  'globalThis.Date=class%20extends%20D{constructor(...a){if(a.length)super(...a);else%20super(D.now()-s)}' +
  'static%20now(){return%20D.now()-s}}';

describe.skipIf(noTools)('a process of podbsd has an error in words or success', () => {
  it.each([
    ['few open files', 'ulimit -n 22', ['podbsd status', INIT('few')]],
    ['files of four kilobytes', 'ulimit -f 8', ['podbsd export image.raw --out out', INIT('small')]],
    ['no files at all', 'ulimit -f 0', [ADD, 'podbsd machine list']],
  ])('with %s, and leaves nothing', async (_name, limit, lines) => {
    const before = await below('.');
    for (const line of lines) {
      const ended = await shell(`${limit}; ${line}`);
      expectWords(ended);
      if (ended.exitCode !== ExitCode.ok) expect(ended.output).toContain('ulimit -');
    }
    await expectNothingNew([...before, 'out'], '.');
  });

  it.skipIf(noMount)('on a full file system, and leaves nothing there', async () => {
    for (const line of [
      `HOME="$PWD/full" ${INIT('full')}`,
      'podbsd export image.raw --out full/out --format raw',
      'TMPDIR="$PWD/full" podbsd verify image.raw',
      'podbsd alpine overlay add full/guest.apkovl.tar.gz text /etc/text',
    ]) {
      const { exitCode, output } = await shell(
        `mount -t tmpfs -o size=8k none full && cp guest.apkovl.tar.gz full/ && ${line}; code=$?; ` +
          'echo; find full -type f; exit $code',
        {},
        ['unshare', '-rm'],
      );
      const [said = '', left = ''] = output.split(/\n\n(?=full\/|$)/);
      expectWords({ exitCode, output: said });
      expect([line, exitCode, left.trim()]).toEqual([line, ExitCode.diskFull, 'full/guest.apkovl.tar.gz']);
    }
  });

  it.each(['>&-', '2>&-', '>&- 2>&- <&-', '>/dev/full', '2>/dev/full', '| true'])(
    'when its streams are %s',
    async (streams) => {
      // Where nothing is heard any more only the exit code tells.
      const isError = streams.includes('2>');
      expectWords(
        await shell(`${isError ? 'podbsd machine inspect none' : 'podbsd man'} ${streams}`),
        !isError,
      );
    },
  );

  it('in 1970', async () => {
    for (const line of [
      'podbsd status',
      INIT('old'),
      'podbsd machine list',
      'podbsd machine rm --force old',
    ]) {
      const ended = await shell(line, { NODE_WORDS: EPOCH });
      expectWords(ended);
      expect([line, ended.exitCode, ended.output]).toEqual([line, ExitCode.ok, ended.output]);
    }
  });

  it('without a folder for temporary files, which it names', async () => {
    const before = await below('.');
    const ended = await shell('podbsd verify image.raw', { TMPDIR: join(place.work, 'none') });
    expectWords(ended);
    expect(ended.output).toContain('making a folder for temporary files in ');
    expect(ended.output).toContain('TMPDIR');
    await expectNothingNew(before, '.');
  });

  it.skipIf(noUser)('when its home cannot be read', async () => {
    await chmod(place.work, 0o755);
    await chmod(join(place.work, 'locked'), 0);
    // root reads everything; any other user does.
    const user = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    for (const line of ['podbsd status', 'podbsd clean', 'podbsd machine list', 'podbsd image path']) {
      const ended = await shell(line, { HOME: join(place.work, 'locked') }, user);
      expectWords(ended);
      expect([line, ended.exitCode]).toEqual([line, ExitCode.host]);
      expect(ended.output).toMatch(/^error: looking at .*\/locked\//m);
    }
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGTSTP'] as const)('when it gets %s at work', async (signal) => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await writeFile(join(place.work, 'slow.toml'), `[alpine]\nmirror = "http://127.0.0.1:${port}"\n`);
    const before = await below('.');
    const asked = new Promise<() => void>((resolve) =>
      server.once('request', (_request, response) => {
        server.on('request', (_again, later) => later.writeHead(404).end());
        resolve(() => response.writeHead(404).end());
      }),
    );
    const argv = [place.program, 'alpine', 'fetch', '--config', 'slow.toml'];
    const env = { HOME: join(place.work, 'home') };
    const fetching = execa(process.execPath, argv, { cwd: place.work, env, all: true, reject: false });
    const answer = await asked;
    fetching.kill(signal);
    // Whoever was stopped goes on where he was; without a terminal SIGHUP is not meant for the process.
    if (signal === 'SIGTSTP') fetching.kill('SIGCONT');
    const goesOn = signal === 'SIGTSTP' || signal === 'SIGHUP';
    if (goesOn) answer();
    const { exitCode, all } = await fetching;
    server.closeAllConnections();
    server.close();
    expect(exitCode === ExitCode.interrupted, all).toBe(!goesOn);
    expectWords({ exitCode: exitCode ?? -1, output: all }, goesOn);
    if (!goesOn) expect(all.split('\n').at(-1)).toBe(`stopped by ${signal}`);
    expect((await below('.')).filter((name) => !before.includes(name) && /\.iso/.test(name))).toEqual([]);
  });

  it('when the same command runs twice at once', async () => {
    for (const line of [INIT('twin'), 'podbsd export image.raw --out twins', ADD]) {
      const both = await Promise.all([shell(line), shell(line)]);
      for (const ended of both) expectWords(ended);
      expect(both.map(({ exitCode }) => exitCode)).toContain(ExitCode.ok);
    }
    expect((await below('.')).filter((name) => /\.(making|removing|adding)-|\.lock\./.test(name))).toEqual(
      [],
    );
    expect((await stat(join(place.work, 'twins/manifest.json'))).isFile()).toBe(true);
  });

  it.skipIf(noMount || noUser)('in all of the cases above', () => {
    expect(tried).toBe(35);
  });
});
