import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../ignition/src/agent.ts';
import { readCommandLine, UsageError, type Grammar } from '../../ignition/src/command-line/read.ts';
import { commands } from '../../ignition/src/commands/commands.ts';
import { provision } from '../../ignition/src/commands/provision.ts';
import { shims } from '../../ignition/src/shims/shims.ts';
import { fixture } from './support/fixtures.ts';
import { freshGuest, type Guest } from './support/freebsd.ts';

describe('a command line', () => {
  const grammar: Grammar = {
    options: [
      { names: ['--quiet', '-q'] },
      { names: ['--verbose', '-v'] },
      { names: ['--format', '-f'], value: 'FORMAT' },
    ],
    needs: ['FILE'],
    most: 2,
  };
  const read = (line: string) => readCommandLine(grammar, line.split(' '));

  it.each([
    '-q -f json a',
    'a -qfjson',
    '-qf json a',
    '--format=json a --quiet',
    'a --quiet -f=x --format json',
  ])('is read as getopt_long(3) reads it: %s', (line) => {
    const { has, value, operands } = read(line);
    expect([has('-q'), has('--quiet'), has('-v'), value('-f'), operands]).toEqual([
      true,
      true,
      false,
      'json',
      ['a'],
    ]);
  });

  it('has operands that look like options after --, and - alone', () => {
    expect(read('-q -- -v').operands).toEqual(['-v']);
    expect(read('- -q').operands).toEqual(['-']);
  });

  it('keeps every value of an option', () => {
    expect(read('-f a -fb x --format=c').values('--format')).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['--colour a', 'unrecognized option "--colour"'],
    ['-qx a', 'unrecognized option "-x"'],
    ['--quiet=yes a', 'option "--quiet" takes no value'],
    ['a --format', 'option "--format" needs a value'],
    ['a --format=', 'option "--format" needs a value'],
    ['--quie a', 'unrecognized option "--quie"'],
    ['-q', 'FILE is missing'],
    ['a b c', '"c" is not expected here'],
  ])('is refused whole: %s', (line, message) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(message);
  });
});

/** Right command lines of each program, to which a wrong word is added; an empty one where the program needs nothing. */
const programs: readonly [name: string, right: readonly string[], code: number][] = [
  ...commands.map(({ name, options }): [string, string[], number] => [
    `podbsd-agent ${name}`,
    options.flatMap(({ names: [option], needed }) => (needed === true ? [option, '/config.ign'] : [])),
    2,
  ]),
  ['chattr', ['-i', '/'], 1],
  ['mount', ['-t', '9p', '-o', 'trans=virtio', 'vol0', '/mnt/d'], 1],
  ['mount', ['-t', 'virtiofs', 'vol0', '/mnt/d', '-o', 'context=x'], 1],
  ['systemctl', ['daemon-reload'], 1],
  ['systemctl', ['restart', 'sshd'], 1],
  ['systemctl', ['is-active', 'sshd'], 1],
  ['systemctl', ['enable', 'sshd'], 1],
  ['systemctl', ['reboot'], 1],
  ['systemctl', ['list-units'], 1],
  ['systemd-tmpfiles', ['--create', '--prefix=/run/docker.sock'], 1],
  ['update-ca-trust', [], 1],
  ['podbsd-agent machine-os apply', ['15.2-RELEASE'], 125],
  ['podbsd-agent machine-os upgrade', ['--host-version=6.1.1'], 125],
];

const wrongWords: readonly (readonly string[])[] = [
  ['--nonsense'],
  ['--nonsense=1'],
  ['-Z'],
  ['--json=yes', '--create=yes', '--quiet=yes', '--restart=yes'],
  ['--help', '--nonsense'],
  ['--format', '--nonsense'],
];

/** No program takes these as operands. */
const takesUnits = new Set(['restart', 'is-active', 'enable']);

describe('a wrong word', () => {
  let guest: Guest;

  beforeEach(() => {
    guest = freshGuest();
    guest.fwcfg.set('opt/com.coreos/config', fixture('podman-5.8.2'));
    guest.system.put('/config.ign', fixture('podman-5.8.2'));
    guest.tags.push('vol0');
    expect(provision(guest.system)).toBe(0);
    guest.system.ran.length = 0;
    guest.system.stderr = '';
  });

  function refuses(name: string, args: readonly string[], code: number): void {
    const [program = '', ...first] = name.split(' ');
    const before = guest.system.listing();
    expect(agent(guest.system, [`/usr/local/libexec/podbsd/bin/${program}`, ...first, ...args])).toBe(code);
    expect(guest.system.stderr).not.toBe('');
    expect(guest.system.stdout).toBe('');
    expect(guest.system.ran).toEqual([]);
    expect(guest.system.listing()).toEqual(before);
  }

  it.each(
    programs.flatMap(([name, right, code]) =>
      wrongWords.flatMap((wrong) => [
        [`${name} ${[...right, ...wrong].join(' ')}`, name, [...right, ...wrong], code] as const,
        [`${name} ${[...wrong, ...right].join(' ')}`, name, [...wrong, ...right], code] as const,
      ]),
    ),
  )('is told and nothing is done: %s', (_line, name, args, code) => refuses(name, args, code));

  it.each(programs.filter(([, [verb]]) => !takesUnits.has(verb ?? '')))(
    'is told and nothing is done: %s %j with a surplus operand',
    (name, right, code) => {
      const surplus = name === 'chattr' ? ['=?'] : ['surplus', 'words'];
      refuses(name, [...right, ...surplus], code);
    },
  );

  it('is told by each program, of which this table forgets none', () => {
    const tried = new Set(programs.map(([name]) => name.split(' ')[0]));
    for (const { name } of shims) expect(tried).toContain(name);
  });

  it.each([
    ['systemctl', 'exit', '0'],
    ['systemctl', 'restart'],
    ['systemctl', '--now', 'start', 'sshd'],
  ])('is told and nothing is done: %s %s %s', (name, ...args) => refuses(name, args, 1));

  it('is told when an option of a share is not known', () => {
    const argv = ['mount', '-t', '9p', 'vol0', '/mnt/d', '-o', 'nosuid'] as const;
    expect(agent(guest.system, argv)).toBe(32);
    expect([guest.mounts, guest.system.ran]).toEqual([[], []]);
  });
});

describe('help', () => {
  it.each(commands.map(({ name }) => name))('of %s has its options and examples', (name) => {
    const guest = freshGuest();
    expect(agent(guest.system, ['podbsd-agent', name, '--help'])).toBe(0);
    const command = commands.find((known) => known.name === name);
    for (const { names, what } of command?.options ?? [])
      if (what !== undefined) expect(guest.system.stdout).toContain(names[0]);
    for (const example of command?.examples ?? []) expect(guest.system.stdout).toContain(`  ${example}\n`);
    expect(guest.system.ran).toEqual([]);
  });

  it('is printed for help and --help, and missed without a command', () => {
    for (const word of ['help', '--help', '-h']) {
      const guest = freshGuest();
      expect(agent(guest.system, ['podbsd-agent', word])).toBe(0);
      for (const { name } of commands) expect(guest.system.stdout).toContain(`  ${name} `);
    }
    const guest = freshGuest();
    expect(agent(guest.system, ['podbsd-agent'])).toBe(2);
    expect(guest.system.stderr).toContain('a command is missing');
  });
});
