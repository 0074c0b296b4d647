import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { packageNames } from '../../src/ground/packages.ts';
import { callsOf, sentences, wrongInCall } from '../support/advice.ts';
import { debianPackages, debianPackagesUnavailable } from '../support/debian.ts';
import { ownLoaderArgv } from '../support/own-loader.ts';
import { testProgram } from '../support/program.ts';

/** Words in sentences about podbsd that resemble a command, and are none. */
const verbs = new Set(['alone', 'does', 'emulates', 'keeps', 'make', 'makes', 'ran', 'takes']);
/** Its texts are hashed, and nobody reads them. */
const unread = 'alpine/identity.ts';
const all = sentences().filter(({ file }) => file !== unread);
/** Options of other programs, where a sentence names no program in front of them. */
const aboutOthers = /^(?:vm\/verify\/containers\/|doctor\/containers\.ts|podman\/apple\/command-line\.ts)/;

describe('what the program advises', () => {
  let program: Command;

  beforeAll(async () => {
    program = await testProgram();
  });

  it('calls commands and options of podbsd that there are', () => {
    const calls = all.flatMap(({ file, text }) =>
      callsOf('podbsd', text).map((words) => ({ file, words, wrong: wrongInCall(program, words, verbs) })),
    );
    expect(calls.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
    expect(calls.filter(({ words }) => !verbs.has(words[0] ?? '')).length).toBeGreaterThan(150);
  });

  it('names options alone only when a command has them', () => {
    const known = new Set(['--help', ...optionsBelow(program)]);
    const others = /(?<![\w-])(?:gpg|bhyvectl|systemd-inhibit|docker|podman|run|VALUE) +(?:[a-z]+ +)*-.*$/gm;
    const named = all
      .filter(({ file, text }) => !aboutOthers.test(file) && !text.startsWith('-'))
      .flatMap(({ file, text }) =>
        [...text.replaceAll(others, '').matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([option]) => ({
          file,
          option,
        })),
      );
    expect(named.filter(({ option }) => !known.has(option))).toEqual([]);
    expect(named.length).toBeGreaterThan(50);
  });

  it('calls scripts of npm that there are, and this package', () => {
    const { name, scripts } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as {
      name: string;
      scripts: Record<string, string>;
    };
    const calls = all.flatMap(({ text }) => callsOf('npm', text));
    const [installs, runs] = ['install', 'run'].map((word) => calls.filter(([first]) => first === word));
    expect(runs?.map((words) => words.at(-1) ?? '').filter((script) => !(script in scripts))).toEqual([]);
    expect(new Set(installs?.map((words) => words.at(-1)))).toEqual(new Set([name]));
  });

  it('installs packages that podbsd knows by name', () => {
    const ports = readFileSync(join(packageRoot, 'poudriere/etc/packages'), 'utf8').matchAll(
      /^[\w-]+\/([\w.-]+)/gm,
    );
    const own = readdirSync(join(packageRoot, 'poudriere/ports'), { recursive: true, encoding: 'utf8' });
    const known = new Set<string | undefined>([
      ...packageNames(),
      ...[...ports].map(([, port]) => port),
      ...own.map((path) => path.split('/').at(-1)),
      // For the build host, and not of the image.
      'poudriere',
    ]);
    const names = all.flatMap(({ file, text }) =>
      [
        ...text.matchAll(
          /\b(?:apt|apt-get|brew|dnf|pkg|port|zypper) (?:re)?(?:install|upgrade) (?!VALUE)([^\s;,)]+)/g,
        ),
      ].map(([, name = '']) => ({ file, name: name.replace(/\/\w+$/, '') })),
    );
    expect(names.filter(({ name }) => !known.has(name))).toEqual([]);
    expect(names.length).toBeGreaterThan(8);
  });

  const reason = debianPackagesUnavailable();
  it.skipIf(reason !== undefined)('calls podman as podman takes it', { timeout: 300_000 }, async () => {
    const tree = await debianPackages('trixie', ['podman'], { withDependencies: true });
    const [loader, ...prefix] = ownLoaderArgv(tree, 'usr/bin/podman');
    const calls = all
      .filter(({ file }) => !file.startsWith('vm/verify/'))
      .flatMap(({ text }) => callsOf('podman', text))
      .filter(([first = '']) => ['machine', 'system', 'pod', 'connection', 'container'].includes(first));
    const byCommand = new Map<string, Set<string>>();
    for (const words of calls) {
      const options = words.filter((word) => word.startsWith('--'));
      const path = words.slice(0, 2).filter((word) => /^[a-z]+$/.test(word) && !verbs.has(word));
      const known = byCommand.get(path.join(' ')) ?? new Set();
      byCommand.set(path.join(' '), new Set([...known, ...options]));
    }
    for (const [path, options] of byCommand) {
      const help = await execa(loader, [...prefix, ...path.split(' '), '--help'], { reject: false });
      expect(help.stdout, `podman ${path}`).toContain(`podman ${path}`);
      for (const option of options) expect(help.stdout, `podman ${path}`).toContain(option);
    }
    expect([...byCommand.keys()]).toEqual(
      expect.arrayContaining(['machine set', 'machine rm', 'system prune']),
    );
  });

  it.each([
    ['podbsd machien rm NAME', 'there is no machien'],
    ['first podbsd machine stopp NAME, then again', 'there is no stopp'],
    ['`podbsd clean --everything` removes it', 'clean has no --everything'],
    ['to see it: podbsd machine set NAME --disk 3; later more', 'set has no --disk'],
    ['podbsd machine stop NAME, or add --force', undefined],
    ['podbsd makes one, with podbsd image build --json', undefined],
  ])('is found wrong where it is: %s', (text, wrong) => {
    const found = callsOf('podbsd', text).map((words) => wrongInCall(program, words, verbs));
    expect(found.find((one) => one !== undefined)).toBe(wrong);
  });
});

function optionsBelow(command: Command): string[] {
  return [...command.options.flatMap(({ long }) => long ?? []), ...command.commands.flatMap(optionsBelow)];
}
