import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { SshHost } from '../../host/ssh.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { guestProxies } from '../../vm/proxies.ts';
import type { RunningMachine } from '../../vm/running-machine.ts';
import { lastLine } from './console.ts';
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
const PAUSE = 500;
/** An emulated sshd needs this long for its part of the key exchange. */
const CONNECT_TIMEOUT = 60_000;

/** The part of the time limit that is left to sshd once the console asks for a login. It was started long before that. */
const GRACE = 1 / 4;

/** KVM could be opened, and then gave up on the guest: seen where KVM itself runs in a virtual machine. */
export class AccelerationFailed extends Error {}

/**
 * Logs in as root as soon as the guest allows it. Until then nothing listens, or sshd runs and the key is not installed
 * yet. A wrong host key is final: the guest has made one of its own, so it has not read the seed, and never will.
 */
export async function connectInside(options: ConnectOptions): Promise<SshHost> {
  const { machine, sshPort, keys, timeoutMs, run } = options;
  const deadline = Date.now() + timeoutMs;
  let booted = Infinity;
  for (;;) {
    run.signal.throwIfAborted();
    try {
      return await SshHost.connect({
        user: 'root',
        host: '127.0.0.1',
        port: sshPort,
        identity: { text: keys.login.privateKey },
        // The guest downloads through the same proxies as its host.
        env: guestProxies(process.env, 'user'),
        hostKeys: [keys.host.publicKey],
        connectTimeoutMs: CONNECT_TIMEOUT,
        // Busy with a package under emulation, the guest answers late.
        keepAliveMs: CONNECT_TIMEOUT,
      });
    } catch (error) {
      if (!(error instanceof PodbsdError)) throw error;
      if (error.exitCode === ExitCode.untrusted) throw seedNotRead(error, options.console);
      if (error.exitCode !== ExitCode.network && error.exitCode !== ExitCode.host) throw error;
      const status = await machine.qmp.status().catch(() => undefined);
      if (status === undefined) throw notBooted('QEMU has ended', options.console);
      if (status.status === 'internal-error') throw new AccelerationFailed();
      const line = await lastLine(options.console);
      run.progress({ text: `booting: ${line}` });
      if (line.endsWith('login:')) booted = Math.min(booted, Date.now());
      await sleep(PAUSE);
      if (Date.now() > booted + timeoutMs * GRACE)
        throw notBooted(
          `FreeBSD shows a login prompt on its console, but nobody can log in over SSH: ${error.problem}`,
          options.console,
        );
      if (Date.now() > deadline)
        throw notBooted(
          `no login after ${Math.round(timeoutMs / 60_000)} minutes: ${error.problem}`,
          options.console,
        );
    }
  }
}

/** What podbsd needs of an image to log in to it. */
const suitable =
  'The base must be a FreeBSD image of 14.4 or later for this architecture, with nuageinit (BASIC-CLOUDINIT), ' +
  'that has never been booted before';

function notBooted(problem: string, console: string): PodbsdError {
  return new PodbsdError({
    doing: 'booting the machine that bakes',
    problem: `${problem}\nconsole: ${console}`,
    remedy: `read the end of the console log; when the guest was only slow, run the same command again. ${suitable}`,
    exitCode: ExitCode.notReady,
  });
}

function seedNotRead(error: PodbsdError, console: string): PodbsdError {
  return new PodbsdError({
    doing: 'logging in to the machine that bakes',
    problem: `${error.problem}: FreeBSD has not taken the key from the seed, and nothing else is trusted\nconsole: ${console}`,
    remedy: suitable,
    exitCode: ExitCode.untrusted,
    cause: error,
  });
}
