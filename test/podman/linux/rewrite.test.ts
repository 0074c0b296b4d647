import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { shareTag } from '../../../src/vm/share.ts';
import { rewriteQemuArgv, type RewriteFacts } from '../../../src/podman/linux/rewrite.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { podman4_3, podman4_9, podman5 } from './command-lines.ts';

const places = { home: '/home/me', runtime: '/run/user/1000' };
const disk = '/home/me/.local/share/containers/podman/machine/qemu';
const facts: RewriteFacts = { folders: new Map(), writable: 'all', kvm: true, consoleLog: undefined };

/** Replaces a run of words by another one; fails when it is not there. */
function replaced(argv: readonly string[], from: readonly string[], to: readonly string[]): string[] {
  const at = argv.findIndex((_, index) => from.every((word, offset) => argv[index + offset] === word));
  if (at === -1) throw new Error(`${from.join(' ')} is not in the command line`);
  return argv.toSpliced(at, from.length, ...to);
}

describe('rewriteQemuArgv', () => {
  const [home, data] = [shareTag('/home/me'), shareTag('/data')];
  const argv = podman5(places, [home, data]);
  const sockets = ['/run/user/1000/podman/virtiofschar0', '/run/user/1000/podman/virtiofschar1'] as const;
  const drive = [
    `if=virtio,file=${disk}/bsd-amd64.qcow2`,
    `if=virtio,file=${disk}/bsd-amd64.qcow2,discard=unmap`,
  ];

  it('turns each virtio-fs device of podman 5 into a 9P one and keeps the rest in order', () => {
    const folders = new Map([
      [sockets[0], '/home/me'],
      [sockets[1], '/srv/it, too'],
    ]);
    let expected = replaced(argv, drive.slice(0, 1), drive.slice(1));
    expected = replaced(
      expected,
      [
        '-chardev',
        `socket,id=virtiofschar0,path=${sockets[0]}`,
        '-device',
        `vhost-user-fs-pci,queue-size=1024,chardev=virtiofschar0,tag=${home}`,
      ],
      [
        '-fsdev',
        'local,id=fs0,path=/home/me,security_model=none,multidevs=remap',
        '-device',
        `virtio-9p-pci,fsdev=fs0,mount_tag=${home.slice(0, 31)}`,
      ],
    );
    expected = replaced(
      expected,
      [
        '-chardev',
        `socket,id=virtiofschar1,path=${sockets[1]}`,
        '-device',
        `vhost-user-fs-pci,queue-size=1024,chardev=virtiofschar1,tag=${data}`,
      ],
      [
        '-fsdev',
        'local,id=fs1,path=/srv/it,, too,security_model=none,multidevs=remap,readonly=on',
        '-device',
        `virtio-9p-pci,fsdev=fs1,mount_tag=${data.slice(0, 31)}`,
      ],
    );
    expect(rewriteQemuArgv(argv, { ...facts, folders, writable: new Set([home]) })).toEqual(expected);
  });

  it('leaves a share alone whose folder is not known', () => {
    const rewritten = rewriteQemuArgv(argv, { ...facts, folders: new Map([[sockets[1], '/data']]) });
    expect(rewritten).toContain(`socket,id=virtiofschar0,path=${sockets[0]}`);
    expect(rewritten).toContain(`vhost-user-fs-pci,queue-size=1024,chardev=virtiofschar0,tag=${home}`);
    expect(rewritten).not.toContain(`socket,id=virtiofschar1,path=${sockets[1]}`);
  });

  it.each([
    ['4.3.1', podman4_3(places), `if=virtio,file=${disk}/freebsd.qcow2`],
    ['4.9.5', podman4_9(places), `if=virtio,file=${disk}/bsd_freebsd.qcow2`],
    ['5.4.2', podman5(places, []), drive[0] ?? ''],
  ])('gives podman %s discard, a console and, without KVM, emulation', (_, line, disks) => {
    const emulated = replaced(line, ['-accel', 'kvm', '-cpu', 'host'], ['-accel', 'tcg', '-cpu', 'max']);
    const expected = replaced(emulated, [disks], [`${disks},discard=unmap`]);
    const consoleLog = '/home/me/a,b.log';
    expect(rewriteQemuArgv(line, { ...facts, kvm: false, consoleLog })).toEqual([
      ...expected,
      ...['-chardev', 'file,id=podbsdconsole,path=/home/me/a,,b.log,append=on'],
      ...['-serial', 'chardev:podbsdconsole'],
    ]);
    expect(rewriteQemuArgv(line, facts)).toEqual(replaced(line, [disks], [`${disks},discard=unmap`]));
  });

  it('changes nothing that is set already, and survives an odd end', () => {
    const line = [
      '-drive',
      'if=virtio,file=/d,discard=ignore',
      '-serial',
      'stdio',
      '-accel',
      'tcg',
      '-cpu',
      'max',
      '-device',
    ];
    expect(rewriteQemuArgv(line, { ...facts, kvm: false, consoleLog: '/log' })).toEqual(line);
    expect(rewriteQemuArgv([], facts)).toEqual([]);
  });
});

describe.skipIf(missing('qemu-system-x86_64') !== undefined)('QEMU', () => {
  it('takes what the rewriting makes, options and all', async () => {
    const folder = join(await tempDir(), 'one, two');
    await mkdir(folder);
    const socket = '/run/user/1000/podman/virtiofschar0';
    const rewritten = rewriteQemuArgv(podman5(places, [shareTag('/data')]), {
      ...facts,
      folders: new Map([[socket, folder]]),
      writable: new Set(),
      consoleLog: join(folder, 'console.log'),
    });
    const of = (option: string, holding: string) => {
      const at = rewritten.findIndex(
        (word, index) => word === option && rewritten[index + 1]?.includes(holding),
      );
      return rewritten.slice(at, at + 2);
    };
    const argv = [
      ...of('-fsdev', 'fs0'),
      ...of('-device', '9p'),
      ...of('-chardev', 'append=on'),
      ...of('-serial', 'chardev:'),
    ];
    expect(argv).toHaveLength(8);
    await writeFile(join(folder, 'console.log'), 'a notice\n');
    // Never run a guest: the machine is created, asked and ended.
    const { stdout } = await execa(
      'qemu-system-x86_64',
      ['-S', '-nodefaults', '-display', 'none', '-accel', 'tcg', '-qmp', 'stdio', ...argv],
      {
        input: ['qmp_capabilities', 'query-pci', 'quit']
          .map((execute) => JSON.stringify({ execute }))
          .join('\n'),
      },
    );
    // 0x1009: the 9P device of virtio's specification, in its transitional form.
    expect(stdout).toContain('"device": 4105');
    expect(await readFile(join(folder, 'console.log'), 'utf8')).toBe('a notice\n');
  });
});
