import { readFile, writeFile } from 'node:fs/promises';
import { SshHost } from '../host/ssh.ts';
import { freePort } from './free-port.ts';
import type { KeyPair } from './keys.ts';
import { makeMachineFolder, type MachineFolder } from './machine-folder.ts';
import { RunningMachine, type StartOptions } from './running-machine.ts';
import type { MachineSpec } from './spec.ts';

/** The parts of a machine that the caller chooses; the rest is set when it is made. */
export type ThrowawayParts = Pick<
  MachineSpec,
  | 'style'
  | 'architecture'
  | 'accelerator'
  | 'memoryMiB'
  | 'cpus'
  | 'sharedMemory'
  | 'boot'
  | 'shares'
  | 'shareTransport'
  | 'securityModel'
  | 'environment'
  | 'firmware'
> & {
  /** The Ignition config, JSON text. */
  readonly ignition: string;
};

/** Milliseconds for one login. Under emulation sshd needs seconds for a key exchange. */
const LOGIN_TIMEOUT = 60_000;

/**
 * A machine for one purpose, in a private folder that `remove()` deletes. It may be started several times and keeps its
 * disk and its port in between.
 */
export class ThrowawayMachine {
  readonly folder: MachineFolder;
  readonly spec: MachineSpec;
  readonly sshPort: number;
  #running: RunningMachine | undefined;
  /** The consoles of earlier starts: QEMU empties the file each time. */
  #earlierConsole = '';

  private constructor(folder: MachineFolder, spec: MachineSpec, sshPort: number) {
    this.folder = folder;
    this.spec = spec;
    this.sshPort = sshPort;
  }

  /** Makes the folder, hands it to `prepare` for the machine's own files, and writes what QEMU will read. */
  static async create(
    prepare: (folder: MachineFolder) => Promise<ThrowawayParts>,
  ): Promise<ThrowawayMachine> {
    const folder = await makeMachineFolder();
    try {
      const { ignition, ...parts } = await prepare(folder);
      await writeFile(folder.ignitionFile, ignition, { mode: 0o600 });
      const sshPort = await freePort();
      const { qmpSocket, readySocket, pidFile, serialLog, ignitionFile } = folder;
      const files = { qmpSocket, readySocket, pidFile, serialLog, ignitionFile };
      const network = { kind: 'user', sshPort } as const;
      return new ThrowawayMachine(folder, { ...parts, ...files, network, name: 'podbsd' }, sshPort);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  /** Starts QEMU; `ready` of the result tells when the guest is up. */
  async start(options: StartOptions): Promise<RunningMachine> {
    this.#earlierConsole = await this.console();
    this.#running = await RunningMachine.start(this.spec, options);
    return this.#running;
  }

  /**
   * Logs in with the key of the Ignition config. The host key is remembered, so a guest that changes it at each boot is
   * refused at the second login.
   */
  async login(user: string, key: KeyPair): Promise<SshHost> {
    return await SshHost.connect({
      user,
      host: '127.0.0.1',
      port: this.sshPort,
      identity: { text: key.privateKey },
      agent: false,
      knownHostsFiles: [this.folder.file('known_hosts')],
      acceptNewHostKey: true,
      connectTimeoutMs: LOGIN_TIMEOUT,
    });
  }

  /** What the guest has printed on its serial console so far, in all its starts. */
  async console(): Promise<string> {
    const latest = await readFile(this.folder.serialLog, 'utf8').catch(() => '');
    return this.#earlierConsole + latest;
  }

  /** Ends the machine if it still runs, without shutting the guest down. Its folder stays. */
  async kill(): Promise<void> {
    await this.#running?.kill();
  }

  /** Ends the machine if it still runs, without shutting the guest down, and deletes its folder. */
  async remove(): Promise<void> {
    await this.kill();
    await this.folder.remove();
  }
}
