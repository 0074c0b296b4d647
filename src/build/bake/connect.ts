import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError } from '../../errors.ts';
import { SshHost } from '../../host/ssh.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { RunningMachine } from '../../vm/running-machine.ts';
import type { SeedKeys } from './seed-files.ts';

export interface ConnectOptions {
  readonly machine: RunningMachine;
  readonly sshPort: number;
  readonly keys: SeedKeys;
  /** The log of the serial port. */
  readonly console: string;
  readonly timeoutMs: number;
  readonly run: Pick<StageRun, 'progress' | 'signal'>;
}

/** Milliseconds between two tries. */
const PAUSE = 2_000;
/** An emulated sshd needs this long for its part of the key exchange. */
const CONNECT_TIMEOUT = 60_000;

/** KVM could be opened, and then gave up on the guest: seen where KVM itself runs in a virtual machine. */
export class AccelerationFailed extends Error {}

/**
 * Logs in as root as soon as the guest lets us. Until then nobody listens, or sshd runs and the key is not there yet. A
 * wrong host key is final: somebody else answers.
 */
export async function connectInside(options: ConnectOptions): Promise<SshHost> {
  const { machine, sshPort, keys, timeoutMs, run } = options;
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    run.signal.throwIfAborted();
    try {
      return await SshHost.connect({
        user: 'root',
        host: '127.0.0.1',
        port: sshPort,
        identity: { text: keys.login.privateKey },
        hostKeys: [keys.host.publicKey],
        connectTimeoutMs: CONNECT_TIMEOUT,
        // Busy with a package under emulation, the guest answers late.
        keepAliveMs: CONNECT_TIMEOUT,
      });
    } catch (error) {
      const waiting =
        error instanceof PodbsdError &&
        (error.exitCode === ExitCode.network || error.exitCode === ExitCode.host);
      if (!waiting) throw error;
      const status = await machine.qmp.status().catch(() => undefined);
      if (status === undefined) throw notBooted('QEMU has ended', options.console);
      if (status.status === 'internal-error') throw new AccelerationFailed();
      run.progress({ text: `booting: ${await lastLine(options.console)}` });
      await sleep(PAUSE);
      if (Date.now() > deadline)
        throw notBooted(
          `no login after ${Math.round(timeoutMs / 60_000)} minutes: ${error.problem}`,
          options.console,
        );
    }
  }
}

function notBooted(problem: string, console: string): PodbsdError {
  return new PodbsdError({
    doing: 'booting the machine that bakes',
    problem: `${problem}\nconsole: ${console}`,
    remedy:
      'read the end of the console log; when the guest was only slow, run the same command again. ' +
      'The base must be a FreeBSD image with nuageinit, such as BASIC-CLOUDINIT',
    exitCode: ExitCode.notReady,
  });
}

/** The newest line of the console, without control characters: shown while nothing else can be known. */
async function lastLine(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return 'no console yet';
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 2048);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    const text = buffer.subarray(0, bytesRead).toString('latin1');
    // What the loader draws, and everything that is no plain character.
    const lines = text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').split(/[\r\n]+/);
    const shown = lines.map((line) => line.replace(/[^\x20-\x7e]/g, '').trim()).filter((line) => line !== '');
    return shown.at(-1)?.slice(0, 100) ?? 'no console yet';
  } finally {
    await file.close();
  }
}
