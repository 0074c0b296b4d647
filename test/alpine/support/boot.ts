import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { packCpio } from '../../standin/cpio.ts';
import { debianKernel, type DebianKernel } from '../../standin/kernel.ts';
import { eventually } from '../../support/eventually.ts';

const BUSYBOX = '/bin/busybox';
const APPLETS = [
  ...['awk', 'cat', 'cp', 'cut', 'date', 'find', 'insmod', 'ip', 'ln', 'mkdir', 'mount', 'pidof', 'poweroff'],
  ...['printf', 'readlink', 'sed', 'sh', 'sha256sum', 'sleep', 'sort', 'stat', 'tar', 'tr'],
];

export interface BootResult {
  /** What the guest wrote to its serial console. */
  readonly console: string;
  /** What came through the virtio port `podbsd`. */
  readonly report: string;
}

/** Boots Debian's kernel with these disks and an init that treats them as Alpine's initramfs does. */
export async function bootWithDisks(folder: string, disks: readonly string[]): Promise<BootResult> {
  const kernel = await debianKernel();
  const initrd = await makeInitrd(folder, kernel);
  const socket = join(folder, 'port');
  const child = execa(
    'qemu-system-x86_64',
    [
      ...[
        '-machine',
        'q35,accel=tcg',
        '-cpu',
        'max',
        '-m',
        '256',
        '-nographic',
        '-no-reboot',
        '-nic',
        'none',
      ],
      ...['-kernel', kernel.kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=1 rdinit=/init'],
      ...disks.flatMap((disk) => ['-drive', `if=virtio,format=raw,readonly=on,file=${disk}`]),
      ...['-device', 'virtio-serial-pci', '-chardev', `socket,id=port,path=${socket},server=on,wait=off`],
      ...['-device', 'virtserialport,chardev=port,name=podbsd'],
    ],
    { stdin: 'ignore', timeout: 140_000, reject: false },
  );
  const report = listen(socket);
  const { stdout, timedOut, exitCode, stderr } = await child;
  if (timedOut || exitCode !== 0) throw new Error(`QEMU did not end well: ${stderr}\n${stdout.slice(-2000)}`);
  return { console: stdout.replaceAll('\r', ''), report: await report };
}

/** Everything that arrives until the other end is gone. QEMU makes the socket a moment after its start. */
async function listen(socket: string): Promise<string> {
  return await eventually(
    () =>
      new Promise<string>((resolve, reject) => {
        let text = '';
        const connection = createConnection(socket);
        connection.on('data', (chunk) => (text += chunk.toString()));
        connection.on('error', (error) => (text === '' ? reject(error) : resolve(text)));
        connection.on('close', () => resolve(text));
      }),
  );
}

async function makeInitrd(folder: string, kernel: DebianKernel): Promise<string> {
  const root = join(folder, 'initrd');
  await mkdir(join(root, 'bin'), { recursive: true });
  await mkdir(join(root, 'modules'));
  await copyFile(BUSYBOX, join(root, 'bin/busybox'));
  for (const applet of APPLETS) await execa('ln', ['-s', 'busybox', join(root, 'bin', applet)]);
  await copyFile(new URL('init.sh', import.meta.url), join(root, 'init'));
  await execa('chmod', ['755', join(root, 'init')]);
  await writeModules(kernel, join(root, 'modules'));
  const packed = join(folder, 'initrd.cpio');
  await packCpio(root, packed);
  return packed;
}

/** In the order in which they can be inserted. What is built into the kernel has no file. */
async function writeModules(kernel: DebianKernel, folder: string): Promise<void> {
  const wanted = ['virtio_blk', 'nls_cp437', 'nls_ascii', 'nls_utf8', 'fat', 'vfat'];
  const present = wanted.filter((name) => kernel.modules.has(name));
  for (const name of present) {
    const { stdout } = await execa('xz', ['-dc', kernel.modules.get(name) ?? ''], { encoding: 'buffer' });
    await writeFile(join(folder, `${name}.ko`), stdout);
  }
  await writeFile(join(folder, 'order'), present.map((name) => `${name}\n`).join(''));
}
