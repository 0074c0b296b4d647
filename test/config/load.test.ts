import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { configReference } from '../../src/config/reference.ts';
import { configSchema } from '../../src/config/schema.ts';
import { ExitCode, PodbsdError } from '../../src/ground/errors.ts';
import { tempDir } from '../support/temp-dir.ts';

function problemOf(text: string): PodbsdError {
  try {
    parseConfig(text, 'podbsd.toml');
  } catch (error) {
    if (error instanceof PodbsdError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

describe('loadConfig', () => {
  it('needs no file', async () => {
    const loaded = await loadConfig({ cwd: await tempDir() });
    expect(loaded.file).toBeUndefined();
    expect(loaded.config.build).toMatchObject({ base: 'release', release: 'newest', podman: '<6' });
    expect(loaded.config.shares.message_size).toBe(64);
  });

  it('takes podbsd.toml of the working directory, and starts relative paths at the folder of --config', async () => {
    const folder = await tempDir();
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'podbsd.toml'), '[build]\nsize = "8g"\n');
    await writeFile(join(folder, 'sub/other.toml'), '[build]\nsize = "9g"\n');
    expect((await loadConfig({ cwd: folder })).config.build.size).toBe('8g');
    const other = await loadConfig({ cwd: folder, file: 'sub/other.toml' });
    expect(other.config.build.size).toBe('9g');
    expect(other.folder).toBe(join(folder, 'sub'));
  });

  it('refuses a file that was named and is not there', async () => {
    await expect(loadConfig({ cwd: await tempDir(), file: 'none.toml' })).rejects.toMatchObject({
      problem: 'there is no such file',
      exitCode: ExitCode.config,
    });
  });

  it('takes what editors of other systems write: a byte order mark, and CR LF at the ends of lines', async () => {
    const folder = await tempDir();
    await writeFile(join(folder, 'podbsd.toml'), '\uFEFF[build]\r\nsize = "8g"\r\n');
    expect((await loadConfig({ cwd: folder })).config.build.size).toBe('8g');
  });

  it.each([
    ['UTF-16', Buffer.from('\uFEFF[build]\n', 'utf16le'), 'it is text in UTF-16; save it as UTF-8'],
    ['bytes that are no text', Buffer.from([0x61, 0xff, 0xfe, 0x1b]), 'it is no text in UTF-8'],
    ['a disk image', Buffer.alloc(2 ** 20 + 1), 'it is larger than 1024 KiB, so it is something else'],
  ])('refuses %s by its kind', async (_kind, content, problem) => {
    const folder = await tempDir();
    await writeFile(join(folder, 'podbsd.toml'), content);
    await expect(loadConfig({ cwd: folder })).rejects.toMatchObject({ problem, exitCode: ExitCode.config });
  });

  it('does not wait at a pipe that nobody writes into', async () => {
    const folder = await tempDir();
    await execa('mkfifo', [join(folder, 'podbsd.toml')]);
    await expect(loadConfig({ cwd: folder })).rejects.toMatchObject({
      problem: 'it is a pipe, a socket or a device',
    });
  });

  it('accepts the example, whose commented keys all exist and show their defaults', async () => {
    const text = await readFile(join(packageRoot, 'podbsd.toml'), 'utf8');
    expect(parseConfig(text, 'podbsd.toml')).toEqual(configSchema.parse({}));
    const uncommented = text.replaceAll(/^# (?=[a-z_0-9]+ = )/gm, '');
    expect(uncommented).not.toBe(text);
    expect(parseConfig(uncommented, 'podbsd.toml')).toEqual(configSchema.parse({}));
    const keys = [...configReference().matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(([, key]) => key ?? '');
    expect(keys.filter((key) => !new RegExp(`\\b${key} = `).test(text))).toEqual([]);
  });
});

describe('a wrong configuration', () => {
  it.each([
    ['[build]\nsize = "4"\n', 'podbsd.toml:2: [build] size: expected a number with unit m, g or t, like 4g'],
    [
      '[build]\n\nrelaese = "15.1-RELEASE"',
      'podbsd.toml:3: [build] relaese: unknown key, did you mean `release`?',
    ],
    ['[biuld]\nsize = "4g"', 'podbsd.toml:1: [biuld]: unknown key, did you mean `build`?'],
    [
      '[build.ports]\nfoo = 1',
      'podbsd.toml:2: [build.ports] foo: unknown key, known here: url, branch, commit, prebuilt',
    ],
    [
      'build.jobs = 0',
      'podbsd.toml:1: build.jobs: expected a whole number from 1 to 1024: each needs a processor',
    ],
    [
      '[shares]\nmessage_size = 65',
      'podbsd.toml:2: [shares] message_size: expected 8, 16, 32, 64, 128 (KiB) or "stock"',
    ],
    [
      '[build.patch]\nfile = "a"\nurl = "https://b/c"\nbranch = "d"',
      'podbsd.toml:1: [build.patch]: name either `file` or `url`, not both',
    ],
    ['[build]\ndirectory = "/a/../b"', 'podbsd.toml:2: [build] directory: must not contain ..'],
    ['[build]\ndataset = "tank"', 'podbsd.toml:2: [build] dataset: the name begins with podbsd'],
    [
      '[build]\npackages = ["vim; rm -rf /"]',
      'podbsd.toml:2: [build] packages (item 1): expected a port like editors/vim',
    ],
    ['[build]\nsize = \n', 'podbsd.toml:2:'],
    ['[build]\nsize = "4g"\nsize = "5g"', "podbsd.toml:3:12: not valid TOML: Can't redefine existing key"],
    ['[alpine]\ncpus = 1.5', 'podbsd.toml:2: [alpine] cpus: expected a whole number from 1 to 128: bhyve'],
    ['[alpine]\ncpus = 200', 'podbsd.toml:2: [alpine] cpus: expected a whole number from 1 to 128: bhyve'],
    ['alpine = 3', 'podbsd.toml:1: alpine: expected a table, and this is a number'],
    ['[[alpine]]', 'podbsd.toml:1: [[alpine]]: expected a table, and this is a list'],
    ['[bake]\nupdate = "yes"', '[bake] update: expected true or false, and this is text in quotes'],
    ['[bake]\nupdate = 2026-01-01', '[bake] update: expected true or false, and this is a date'],
    ['[build]\narchitecture = "x86"', '[build] architecture: expected "amd64" or "arm64"'],
    ['[build]\npackages = "vim"', '[build] packages: expected a list, and this is text in quotes'],
    ['[export]\nformats = []', '[export] formats: must not be empty'],
    ['[build]\noutput = ""', '[build] output: must not be empty'],
    ['[build]\nsize = 4', 'podbsd.toml:2: [build] size: expected text in quotes, and this is a number'],
    [
      '[alpine.network]\n\naddress = "192.0.2.10"\ngateway = "192.0.2.1"\ndns = ["192.0.2.53"]',
      'podbsd.toml:3: [alpine.network] address: ',
    ],
    [
      '[alpine.network]\nadress = "192.0.2.10/24"',
      'podbsd.toml:2: [alpine.network] adress: unknown key, did you mean `address`?',
    ],
    [
      '[alpine]\nnetwork = "static"',
      'podbsd.toml:2: [alpine] network: expected "dhcp" or a table [alpine.network]',
    ],
    [
      '[[alpine.shares]]\ntag = "a"\nsource = "/a"\ntarget = "/srv/a"\n[[alpine.shares]]\ntag = "b"\nsource = "b"\ntarget = "/srv/b"',
      'podbsd.toml:7: [[alpine.shares]] source: expected an absolute path',
    ],
    [
      '[[alpine.shares]]\ntag = "a"\nsource = "/a"\ntarget = "/srv/a"\n[[alpine.shares]]\ntag = "b"\nsource = "/b"',
      'podbsd.toml:5: [[alpine.shares]] target: is missing',
    ],
    ['[alpine]\nshares = [{ tag = "a" }]', 'podbsd.toml:2: [alpine] shares (item 1).source: is missing'],
  ])('%j names file, line and key', (text, expected) => {
    const error = problemOf(text);
    expect(error.exitCode).toBe(ExitCode.config);
    expect(error.problem).toContain(expected);
    expect(error.remedy).toContain('correct the file');
  });

  it('is told everything that is wrong at once', () => {
    expect(problemOf('[build]\nsize = 1\nbase = "x"\n[shares]\na = 1').problem.split('\n')).toHaveLength(3);
  });
});
