import { once } from 'node:events';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { execa } from 'execa';
import { until } from '../../src/ground/until.ts';
import { acceleratorArgs, findAccelerator } from '../../src/vm/accelerator.ts';
import { freePort } from '../../src/vm/free-port.ts';

/** Milliseconds for a guest to answer; emulated, on a busy computer. */
const PATIENCE = 900_000;

/**
 * The base of a bake, booted and worked in as one would by hand, with QEMU and OpenSSH alone: memory, processor and seed
 * are those of the bake. All logins go through one connection.
 */
export class HandMachine {
  readonly #qemu: ChildProcess;
  readonly #login: readonly string[];
  readonly #ended: Promise<unknown>;

  private constructor(qemu: ChildProcess, login: readonly string[]) {
    this.#qemu = qemu;
    this.#login = login;
    this.#ended = once(qemu, 'exit');
  }

  /**
   * Boots a disk that lies on the base, for the first time.
   *
   * @param seed the folder with the bake's keys and its disk for the first boot.
   */
  static async boot(folder: string, base: string, size: string, seed: string): Promise<HandMachine> {
    const disk = join(folder, 'hand.qcow2');
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', base, '-F', 'raw', disk, size]);
    const port = await freePort();
    const accelerator = await findAccelerator('amd64');
    const drives = [`if=virtio,file=${disk}`, `if=virtio,format=raw,file=${join(seed, 'cidata.img')}`];
    const qemu = spawn(
      'qemu-system-x86_64',
      [
        ...acceleratorArgs(accelerator, 'amd64'),
        ...['-m', '768', '-smp', '1', '-display', 'none', '-serial', 'null'],
        ...[
          '-netdev',
          `user,id=net,hostfwd=tcp:127.0.0.1:${port}-:22`,
          '-device',
          'virtio-net-pci,netdev=net',
        ],
        ...drives.flatMap((drive) => ['-drive', drive]),
      ],
      { stdio: 'ignore' },
    );
    const options = {
      ControlMaster: 'auto',
      ControlPath: join(folder, 'ssh'),
      ControlPersist: 'yes',
      StrictHostKeyChecking: 'no',
      UserKnownHostsFile: '/dev/null',
      LogLevel: 'ERROR',
      BatchMode: 'yes',
      ConnectTimeout: '10',
      Port: String(port),
    };
    const login = ['-F', '/dev/null', '-i', join(seed, 'id_ed25519')];
    for (const [name, value] of Object.entries(options)) login.push('-o', `${name}=${value}`);
    const machine = new HandMachine(qemu, login);
    const answers = async (): Promise<true | undefined> =>
      await machine.ssh('test ! -e /firstboot').then(
        () => true,
        () => undefined,
      );
    if ((await until(answers, { every: 200, within: PATIENCE })) !== true) {
      await machine.kill();
      throw new Error('the machine that is worked in by hand does not answer');
    }
    return machine;
  }

  /** Runs a line of sh as root. */
  async ssh(line: string, input?: Uint8Array): Promise<void> {
    // The connection that stays must not hold a pipe of ours open.
    const stdio = { stdout: 'ignore', stderr: 'ignore' } as const;
    const options = input === undefined ? ({ stdin: 'ignore' } as const) : { input };
    await execa('ssh', [...this.#login, 'root@127.0.0.1', line], { ...stdio, ...options });
  }

  /** Copies files or folders to a path of the machine. */
  async scp(from: readonly string[], to: string): Promise<void> {
    const argv = ['-q', '-r', '-p', ...this.#login, ...from, `root@127.0.0.1:${to}`];
    await execa('scp', argv, { stdio: 'ignore' });
  }

  /** Waits until it has powered off. */
  async off(): Promise<void> {
    if (this.#qemu.exitCode === null && this.#qemu.signalCode === null) await this.#ended;
  }

  async kill(): Promise<void> {
    this.#qemu.kill('SIGKILL');
    await this.off();
    await execa('ssh', [...this.#login, '-O', 'exit', 'root@127.0.0.1'], { reject: false });
  }
}
