import { isFreebsdDisk } from '../../disk/guest-os.ts';
import { readHelperCommandLine } from './command-line.ts';
import { MachineLog } from './log.ts';
import { Machine } from './machine.ts';

/*
 * The program behind front/hypervisor, bundled into one file and installed in the lib/ beside it:
 *
 *     podman-helper.mjs vfkit|krunkit ARGUMENTS-OF-PODMAN...
 *     podman-helper.mjs is-freebsd DISK
 *
 * The second is for disks that a shell cannot read; its answer is the exit code. The first runs in the foreground, as vfkit does, until the guest has gone. It never writes to standard output.
 */
const [program = '', ...words] = process.argv.slice(2);
if (program === 'is-freebsd') {
  // The shell has seen that it is qcow2, which podbsd reads itself.
  const other = (): Promise<never> => Promise.reject(new Error('no qcow2'));
  const freebsd = await isFreebsdDisk(words[0] ?? '', other).catch(() => false);
  process.exit(freebsd ? 0 : 1);
}
try {
  const machine = new Machine(readHelperCommandLine(program, words), process.env, import.meta.dirname);
  process.on('SIGTERM', () => machine.interrupt());
  process.on('SIGINT', () => machine.interrupt());
  // The terminal was closed; the machine goes on.
  process.on('SIGHUP', () => undefined);
  process.exit(await machine.run());
} catch (error) {
  // Before the machine is known well enough to say it itself.
  const log = words.map((word) => /^virtio-serial,logFilePath=(.+)$/s.exec(word)?.[1]).find(Boolean);
  new MachineLog(log ?? '/dev/null').failure(error);
  process.exit(1);
}
