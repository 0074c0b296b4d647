import { describe, expect, it } from 'vitest';
import { readHelperCommandLine } from '../../../src/podman/apple/command-line.ts';
import { debugLine, recordedClients, recordedWords, words495 } from './recorded.ts';

const data = (provider: string): string => `/Users/me/.local/share/containers/podman/machine/${provider}`;

describe('the command line of vfkit and krunkit', () => {
  it.each(recordedClients)('of %s, as it was recorded', (client) => {
    const provider = client.endsWith('libkrun') ? 'libkrun' : 'applehv';
    const first = readHelperCommandLine('vfkit', recordedWords(client, 'first-boot'));
    expect(first).toEqual({
      name: 'tm',
      provider,
      cpus: 1,
      memoryMiB: 512,
      disk: `${data(provider)}/tm-amd64.raw`,
      readySocket: '/var/folders/zz/T/podman/tm.sock',
      ignitionSocket: `${data(provider)}/tm-ignition.sock`,
      log: '/var/folders/zz/T/podman/tm.log',
      network: { socket: '/var/folders/zz/T/podman/tm-gvproxy.sock', mac: '5a:94:ef:e4:0c:ee' },
      shares: [
        { source: '/Users/me/vol1', tag: 'b2d90fabe01e12293e5d3230bf30fdbaf68f' },
        { source: '/Users/me/vol2', tag: '670599a475cd8c1766deeba3f85faaf7ede7' },
      ],
      rest: first.rest,
      ignored: [
        ...(client.startsWith('6') ? ['--timesync vsockPort=1234'] : []),
        ...(client.endsWith('libkrun') && !client.startsWith('5.4') ? ['--nested'] : []),
      ],
    });
    expect(first.rest).toEqual({ host: 'localhost', port: expect.any(Number) as number });
    const { ignitionSocket, ...second } = readHelperCommandLine(
      'vfkit',
      recordedWords(client, 'second-boot'),
    );
    expect(ignitionSocket).toBeUndefined();
    expect({ ...first, ignitionSocket: undefined }).toEqual({ ...second, ignitionSocket: undefined });
  });

  it('with --log-level debug has no log for libkrun, and devices for a screen', () => {
    const line = readHelperCommandLine('krunkit', recordedWords('5.8.3-libkrun', debugLine));
    expect(line.log).toBeUndefined();
    expect(line.ignored).toEqual([
      '--device virtio-gpu,width=800,height=600',
      '--device virtio-input,pointing',
      '--device virtio-input,keyboard',
      '--gui',
      '--nested',
    ]);
  });

  it('of 4.9.5 has other names, another order, and commas where they hurt', () => {
    expect(readHelperCommandLine('vfkit', words495('/Users/me', '/tmp'))).toMatchObject({
      name: 'tm',
      provider: 'applehv',
      readySocket: '/tmp/podman/tm_ready.sock',
      ignitionSocket: `${data('applehv')}/ignition.sock`,
      network: { socket: '/tmp/podman/gvproxy.sock' },
      shares: [{ source: '/Users/me/a, b', tag: 'b2d90fabe01e12293e5d3230bf30fdbaf68f' }],
      ignored: [],
    });
  });

  it('takes what a podman to come may add', () => {
    const words = recordedWords('5.8.3-libkrun', 'second-boot');
    const line = readHelperCommandLine('krunkit', [
      ...['--fresh', '--newer', 'value with, commas=', '--device', 'virtio-balloon,size=1'],
      ...['--device', 'rosetta,mountTag=rosetta,install', ...words, '--last'],
    ]);
    expect(line).toMatchObject({ cpus: 1, name: 'tm' });
    expect(line.ignored).toEqual([
      '--fresh',
      '--newer value with, commas=',
      '--device virtio-balloon,size=1',
      '--device rosetta,mountTag=rosetta,install',
      '--nested',
      '--last',
    ]);
  });

  it.each(['--cpus', '--memory', '--restful-uri'])('without %s is refused', (option) => {
    const words = recordedWords('5.8.3-applehv', 'first-boot');
    const at = words.indexOf(option);
    expect(() => readHelperCommandLine('vfkit', words.toSpliced(at, 2))).toThrow(option);
  });
});
