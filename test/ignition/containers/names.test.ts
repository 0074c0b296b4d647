import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tempDir } from '../../support/temp-dir.ts';
import { namesUnavailable, NamesWorld, recorded, type Recorded } from './support/names-world.ts';

interface Call {
  readonly name: string;
  readonly network?: string;
  readonly address?: string;
  readonly gateway?: string;
  readonly aliases?: readonly string[];
  readonly id?: string;
  readonly command?: 'ADD' | 'DEL' | 'CHECK';
}

const text = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** A call like the recorded one, for another container. */
async function call(wanted: Call): Promise<Recorded> {
  const { environment, stdin } = await recorded('add');
  const { name, network = 'appnet', gateway = '10.89.0.1', aliases = [] } = wanted;
  const previous = stdin['prevResult'] as Record<string, unknown>;
  const ips = [{ version: '4', interface: 2, address: `${wanted.address ?? '10.89.0.2'}/24`, gateway }];
  return {
    environment: {
      ...environment,
      CNI_COMMAND: wanted.command ?? 'ADD',
      CNI_CONTAINERID: wanted.id ?? Buffer.from(name).toString('hex').padEnd(64, '0'),
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAME=${name}`,
    },
    stdin: {
      ...stdin,
      name: network,
      prevResult: { ...previous, ips },
      runtimeConfig: { aliases: { [network]: aliases } },
    },
  };
}

describe.skipIf(namesUnavailable() !== undefined)('the plugin dnsname', () => {
  let world: NamesWorld;
  beforeEach(async () => {
    world = await NamesWorld.create(await tempDir());
  });
  afterEach(() => world.clear());

  const ask = async (wanted: Call) => world.plugin(await call(wanted));
  const as = (fixture: Recorded, command: string): Recorded => ({
    ...fixture,
    environment: { ...fixture.environment, CNI_COMMAND: command },
  });

  it('answers VERSION and --version', async () => {
    const { stdout, exitCode } = await world.plugin(await recorded('version'));
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      cniVersion: '1.1.0',
      supportedVersions: ['0.3.0', '0.3.1', '0.4.0', '1.0.0'],
    });
    expect((await world.call('--version')).stdout).toMatch(/^podbsd dnsname/);
  });

  it('makes the recorded container known by its name and alias, forwards and back, and hands on the result', async () => {
    await world.startUpstream();
    const add = await recorded('add');
    const { stdout, exitCode } = await world.plugin(add);
    expect(exitCode).toBe(0);
    const previous = add.stdin['prevResult'] as object;
    expect(JSON.parse(stdout)).toEqual({
      ...previous,
      dns: { nameservers: ['10.89.0.1'], search: ['dns.podman'] },
    });
    for (const name of ['cli', 'cli.dns.podman', 'CLI', 'fdd9445c8679', 'fdd9445c8679.dns.podman'])
      expect(await world.dig('10.89.0.1', name), name).toEqual(['10.89.0.2']);
    expect(await world.dig('10.89.0.1', 'cli', 'A', '+tcp')).toEqual(['10.89.0.2']);
    expect(await world.dig('10.89.0.1', '10.89.0.2', 'PTR')).toEqual(['cli.dns.podman.']);
    expect(await world.status('10.89.0.1', 'cli.dns.podman', 'AAAA')).toBe('NOERROR');
    expect(await world.status('10.89.0.1', 'other.dns.podman')).toBe('NXDOMAIN');
    // All else is the guest's resolver's.
    expect(await world.dig('10.89.0.1', 'www.example.org')).toEqual(['192.0.2.7']);
    // It listens on the gateway alone.
    for (const server of ['127.0.0.1', '10.90.0.1'])
      expect(await world.status(server, 'cli'), server).toBe('');
    expect((await world.plugin(as(add, 'CHECK'))).exitCode).toBe(0);
    expect(await world.plugin(as(add, 'DEL'))).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await world.networks()).toEqual([]);
    expect(await world.status('10.89.0.1', 'cli')).toBe('');
  });

  it('has both families', async () => {
    const add = await recorded('add-two-families');
    const { stdout } = await world.plugin(add);
    expect(JSON.parse(stdout)).toMatchObject({ dns: { nameservers: ['10.77.0.1', 'fd00:1::1'] } });
    for (const server of ['10.77.0.1', 'fd00:1::1']) {
      expect(await world.dig(server, 'v6.dns.podman', 'AAAA')).toEqual(['fd00:1::2']);
      expect(await world.dig(server, 'v6', 'A')).toEqual(['10.77.0.2']);
      expect(await world.dig(server, 'fd00:1::2', 'PTR')).toEqual(['v6.dns.podman.']);
    }
    expect((await world.plugin(await recorded('del'))).exitCode).toBe(0);
    expect(await world.networks()).toEqual([]);
  });

  it('takes DEL without ADD, DEL twice, and ADD twice with another address', async () => {
    expect(await world.plugin(await recorded('del-before-add'))).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await world.networks()).toEqual([]);
    await ask({ name: 'web', address: '10.89.0.5' });
    await ask({ name: 'web', address: '10.89.0.6', aliases: ['www'] });
    expect(await world.dig('10.89.0.1', 'web')).toEqual(['10.89.0.6']);
    expect(await world.dig('10.89.0.1', 'www')).toEqual(['10.89.0.6']);
    await ask({ name: 'db', address: '10.89.0.7' });
    for (let time = 0; time < 2; time++)
      expect(await ask({ name: 'web', command: 'DEL' })).toMatchObject({ exitCode: 0, stdout: '' });
    expect(await world.dig('10.89.0.1', 'web')).toEqual([]);
    expect(await world.dig('10.89.0.1', 'db')).toEqual(['10.89.0.7']);
  });

  it('answers an alias with all containers that have it, and keeps networks apart', async () => {
    await ask({ name: 'a', address: '10.89.0.11', aliases: ['web'] });
    await ask({ name: 'b', address: '10.89.0.12', aliases: ['web', 'my_app.internal'] });
    await ask({ name: 'c', network: 'other', address: '10.90.0.2', gateway: '10.90.0.1' });
    expect(await world.dig('10.89.0.1', 'web')).toEqual(['10.89.0.11', '10.89.0.12']);
    expect(await world.dig('10.89.0.1', 'my_app.internal')).toEqual(['10.89.0.12']);
    expect(await world.dig('10.90.0.1', 'c')).toEqual(['10.90.0.2']);
    expect(await world.dig('10.89.0.1', 'c.dns.podman')).toEqual([]);
    expect(await world.dig('10.90.0.1', 'a.dns.podman')).toEqual([]);
  });

  it('lets a container on two networks find the containers of both, and nobody else', async () => {
    await world.startUpstream();
    const proxy = { name: 'proxy', id: 'f'.repeat(64) };
    const back = { network: 'back', gateway: '10.90.0.1' };
    await ask({ name: 'web', address: '10.89.0.11' });
    await ask({ name: 'db', ...back, address: '10.90.0.11' });
    expect(await world.status('10.89.0.1', 'db.dns.podman')).toBe('NXDOMAIN');
    await ask({ ...proxy, address: '10.89.0.12' });
    await ask({ ...proxy, ...back, address: '10.90.0.12' });
    // A resolver library asks the next server only when the one before refuses.
    const all = ['10.89.0.1', '10.90.0.1', '127.0.0.53'];
    expect(await world.resolve(all, 'db.dns.podman')).toEqual(['10.90.0.11']);
    expect(await world.resolve(all, 'web.dns.podman')).toEqual(['10.89.0.11']);
    expect(await world.resolve(all, 'none.dns.podman')).toEqual('NXDOMAIN');
    // musl gives up a name when one of its two questions is refused.
    expect(await world.status('10.89.0.1', 'web.dns.podman', 'AAAA')).toBe('NOERROR');
    expect(await world.dig('10.89.0.1', 'www.example.org')).toEqual(['192.0.2.7']);
    expect(await world.dig('10.90.0.1', '10.90.0.12', 'PTR')).toEqual(['proxy.dns.podman.']);
    // Only one of the networks is left.
    await ask({ ...proxy, ...back, command: 'DEL' });
    for (const server of ['10.89.0.1', '10.90.0.1'])
      expect(await world.status(server, 'none.dns.podman')).toBe('NXDOMAIN');
    expect(await world.dig('10.90.0.1', 'proxy.dns.podman')).toEqual([]);
    expect(await world.dig('10.89.0.1', 'proxy.dns.podman')).toEqual(['10.89.0.12']);
  });

  it('makes files that the resolver can read without root’s rights, whatever the caller’s umask', async () => {
    const { exitCode } = await world.plugin(await call({ name: 'web', address: '10.89.0.11' }), {}, '077');
    expect(exitCode).toBe(0);
    expect(await world.dig('10.89.0.1', 'web')).toEqual(['10.89.0.11']);
    await world.plugin(await call({ name: 'db', address: '10.89.0.12' }), {}, '077');
    expect(await world.dig('10.89.0.1', 'db')).toEqual(['10.89.0.12']);
  });

  it('does not start the resolver before an IPv6 address of the gateway can be used', async () => {
    const calls = join(world.folder, 'calls');
    const claimed = 'inet6 fd00:1::1 prefixlen 64 tentative';
    const script = `#!/bin/sh
[ "$1 $2" = "cni-podman1 inet6" ] || exit 1
[ ! -e '${world.file('six', 'pid')}' ] || echo started >> '${calls}'
echo asked >> '${calls}'
[ "$(wc -l < '${calls}')" -ge 3 ] || echo '	${claimed}'
`;
    await writeFile(join(world.folder, 'ifconfig'), script, { mode: 0o755 });
    expect((await world.plugin(await recorded('add-two-families'))).exitCode).toBe(0);
    expect(await readFile(calls, 'utf8')).toBe('asked\nasked\nasked\n');
    expect(await world.dig('fd00:1::1', 'v6', 'AAAA')).toEqual(['fd00:1::2']);
  });

  it.each(['web-', '-web', 'my_app', 'Web.Front-'])('takes %s, which podman allows', async (name) => {
    expect((await ask({ name: 'x', aliases: [name] })).exitCode).toBe(0);
    expect(await world.dig('10.89.0.1', `${name}.dns.podman`)).toEqual(['10.89.0.2']);
  });

  it('loses no name of thirty that come and go at once', async () => {
    const numbers = Array.from({ length: 30 }, (_, index) => index + 2);
    const wanted = (number: number): Call => ({
      name: `c${number}`,
      address: `10.89.0.${number}`,
      aliases: ['all'],
    });
    const added = await Promise.all(numbers.map((number) => ask(wanted(number))));
    expect(added.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
    const all = numbers.map((number) => `10.89.0.${number}`).sort();
    expect(await world.dig('10.89.0.1', 'all', 'A', '+tcp')).toEqual(all);
    for (const number of [2, 15, 31])
      expect(await world.dig('10.89.0.1', `c${number}.dns.podman`)).toEqual([`10.89.0.${number}`]);
    const pid = await world.pid('appnet');
    const odd = numbers.filter((number) => number % 2 === 1);
    const even = numbers.filter((number) => number % 2 === 0);
    const changed = await Promise.all([
      ...odd.map((number) => ask({ ...wanted(number), command: 'DEL' })),
      ...even.map((number) => ask({ ...wanted(number), address: `10.89.0.${number + 100}` })),
    ]);
    expect(changed.filter(({ exitCode }) => exitCode !== 0)).toEqual([]);
    const left = even.map((number) => `10.89.0.${number + 100}`).sort();
    expect(await world.dig('10.89.0.1', 'all', 'A', '+tcp')).toEqual(left);
    expect(await world.pid('appnet')).toBe(pid);
    await Promise.all(even.map((number) => ask({ ...wanted(number), command: 'DEL' })));
    expect(await world.networks()).toEqual([]);
    expect(await world.isAlive(pid ?? 0)).toBe(false);
  });

  it('starts a killed resolver again, with every name', async () => {
    await ask({ name: 'aa', address: '10.89.0.11' });
    const pid = await world.kill('appnet');
    const check = await ask({ name: 'aa', command: 'CHECK' });
    expect(check.exitCode).not.toBe(0);
    expect(JSON.parse(check.stdout)).toMatchObject({
      cniVersion: '0.4.0',
      msg: text(/does not run/),
    });
    await ask({ name: 'bb', address: '10.89.0.12' });
    expect(await world.pid('appnet')).not.toBe(pid);
    expect(await world.dig('10.89.0.1', 'aa')).toEqual(['10.89.0.11']);
    await world.kill('appnet');
    await ask({ name: 'bb', command: 'DEL' });
    expect(await world.dig('10.89.0.1', 'aa')).toEqual(['10.89.0.11']);
  });

  it('waits a moment for the addresses of a resolver that has not quite ended', async () => {
    const real = world.dnsmasq;
    world.dnsmasq = join(world.folder, 'slow-dnsmasq');
    const once = `mkdir "${world.folder}/refused" 2> /dev/null && exit 2`;
    await writeFile(world.dnsmasq, `#!/bin/sh\n${once}\nexec ${real} "$@"\n`, { mode: 0o755 });
    expect(await ask({ name: 'web', address: '10.89.0.11' })).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(world.folder, 'refused'))).toBe(true);
    expect(await world.dig('10.89.0.1', 'web')).toEqual(['10.89.0.11']);
  });

  it('has its resolver looked after by the health service', async () => {
    await ask({ name: 'web', address: '10.89.0.11' });
    await ask({ name: 'six', network: 'six', address: '10.90.0.2', gateway: '10.90.0.1' });
    expect((await world.call('revive')).stdout).toBe('');
    await world.kill('appnet');
    // Where nobody has taken note of its end yet the number is still in use: this one is nobody's.
    await writeFile(world.file('appnet', 'pid'), '99999999\n');
    expect((await world.call('revive')).stdout).toBe(
      'the resolver of network appnet had died and was started again',
    );
    expect(await world.dig('10.89.0.1', 'web')).toEqual(['10.89.0.11']);
    expect((await world.call('revive')).stdout).toBe('');
  });

  it('takes no other process for its resolver, and forgets the names of the boot before', async () => {
    await ask({ name: 'old', address: '10.89.0.11' });
    await world.kill('appnet');
    // After the reboot the number belongs to somebody else.
    await writeFile(world.file('appnet', 'pid'), `${process.pid}\n`);
    await writeFile(join(world.folder, 'boot-id'), 'second\n');
    expect((await ask({ name: 'old', command: 'DEL', id: 'f'.repeat(64) })).exitCode).toBe(0);
    await world.kill('appnet');
    await writeFile(world.file('appnet', 'pid'), `${process.pid}\n`);
    await ask({ name: 'new', address: '10.89.0.12' });
    expect(await world.dig('10.89.0.1', 'new')).toEqual(['10.89.0.12']);
    expect(await world.dig('10.89.0.1', 'old.dns.podman')).toEqual([]);
  });

  it('gives an address to whoever has it last', async () => {
    await ask({ name: 'gone', address: '10.89.0.11' });
    await ask({ name: 'here', address: '10.89.0.11' });
    expect(await world.dig('10.89.0.1', '10.89.0.11', 'PTR')).toEqual(['here.dns.podman.']);
    expect(await world.dig('10.89.0.1', 'gone.dns.podman')).toEqual([]);
  });

  it.each<[string, Partial<Call>]>([
    ['a line of its own', { aliases: ['x\naddress=/bank.example/10.89.0.66'] }],
    ['a remark', { aliases: ['#x'] }],
    ['a second name', { aliases: ['x y'] }],
    ['a path', { aliases: ['../x'] }],
    ['a name that is code', { name: 'x;reboot' }],
    ['another folder as network', { network: '../../etc' }],
    ['an address that is an option', { gateway: '10.89.0.1\nuser=root' }],
  ])('refuses %s, and changes nothing', async (_, wrong) => {
    await ask({ name: 'good', address: '10.89.0.11' });
    const before = await world.text('appnet', 'hosts');
    const { exitCode, stdout } = await ask({ name: 'bad', address: '10.89.0.12', ...wrong });
    if (wrong.name === 'x;reboot') {
      // CNI_ARGS ends at the semicolon: what is left is a name.
      expect(exitCode).toBe(0);
      expect(await world.text('appnet', 'hosts')).not.toContain('reboot');
      return;
    }
    expect(exitCode).not.toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      cniVersion: '0.4.0',
      code: 7,
      msg: text(/^dnsname: /),
    });
    expect(await world.text('appnet', 'hosts')).toBe(before);
    expect(await world.networks()).toEqual(['appnet']);
  });

  it.each(['l'.repeat(64), 'a..b', 'end.'])(
    'leaves out a name that nobody could look up: %s',
    async (name) => {
      expect((await ask({ name, aliases: ['short'] })).exitCode).toBe(0);
      expect(await world.dig('10.89.0.1', 'short')).toEqual(['10.89.0.2']);
      expect(await readFile(join(world.folder, 'log'), 'utf8')).toBe(
        `dnsname: ${name} cannot be looked up in DNS and is left out\n`,
      );
    },
  );

  it('says what is wrong in CNI’s way, and leaves nothing behind', async () => {
    const add = await recorded('add');
    const wrong: [Recorded, number][] = [
      [{ ...add, stdin: { ...add.stdin, cniVersion: '9.0.0' } }, 1],
      [{ ...add, stdin: { ...add.stdin, prevResult: undefined } }, 7],
      [{ ...add, stdin: [] as never }, 6],
      [as(add, 'DANCE'), 4],
      [{ ...add, environment: { ...add.environment, CNI_CONTAINERID: '../x' } }, 4],
      // Nobody has this address: the resolver cannot start.
      [await call({ name: 'x', gateway: '192.0.2.99' }), 100],
    ];
    for (const [asked, code] of wrong) {
      const { stdout, exitCode } = await world.plugin(asked);
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ code, msg: text(/./) });
    }
    expect(await world.networks()).toEqual([]);
  });

  it('lets pf pass the bridge’s own questions, and no more once nobody is there', async () => {
    const script = `#!/bin/sh\necho "$*" >> '${world.folder}/pf'\n[ "$5" != - ] || cat >> '${world.folder}/pf'\n`;
    await writeFile(join(world.folder, 'pfctl'), script);
    await chmod(join(world.folder, 'pfctl'), 0o755);
    await ask({ name: 'a' });
    await ask({ name: 'b', address: '10.89.0.3' });
    await ask({ name: 'a', command: 'DEL' });
    await ask({ name: 'b', command: 'DEL' });
    expect(await readFile(join(world.folder, 'pf'), 'utf8')).toBe(
      [
        '-q -a podbsd-dnsname/cni-podman1 -f -',
        'pass in quick on cni-podman1 proto { tcp udp } from any to 10.89.0.1 port 53',
        '-q -a podbsd-dnsname/cni-podman1 -f -',
        'pass in quick on cni-podman1 proto { tcp udp } from any to 10.89.0.1 port 53',
        '-q -a podbsd-dnsname/cni-podman1 -F rules',
        '',
      ].join('\n'),
    );
  });

  it('leaves the work to somebody else’s plugin', async () => {
    const foreign = join(world.folder, 'cni');
    await mkdir(foreign);
    await symlink('../podbsd-agent', join(world.folder, 'dnsname'));
    const path = `${world.folder}:${foreign}`;
    const add = await recorded('add');
    expect((await world.plugin(add, { CNI_PATH: path })).stdout).toContain('10.89.0.1');
    await world.plugin(as(add, 'DEL'), { CNI_PATH: path });
    await writeFile(join(foreign, 'dnsname'), '#!/bin/sh\necho "$CNI_COMMAND: $(wc -c)"\nexit 3\n');
    await chmod(join(foreign, 'dnsname'), 0o755);
    const { stdout, exitCode } = await world.plugin(add, { CNI_PATH: path });
    expect({ stdout, exitCode }).toEqual({ stdout: `ADD: ${JSON.stringify(add.stdin).length}`, exitCode: 3 });
    expect(await world.networks()).toEqual([]);
  });
});
