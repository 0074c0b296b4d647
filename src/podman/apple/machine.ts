import { rmdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import type { Environment } from '../../ground/xdg.ts';
import { qemuValue } from '../../vm/qemu-value.ts';
import { connectUnixSocket } from '../../vm/unix-socket.ts';
import type { HelperCommandLine } from './command-line.ts';
import { Guard } from './guard.ts';
import { MachineLog } from './log.ts';
import { machineFiles, type MachineFiles } from './machine-files.ts';
import { planQemu } from './plan.ts';
import { Qemu } from './qemu.ts';
import { placeSockets, type Sockets } from './sockets.ts';
import { StateServer, type State, type StateChange, type StateKeeper } from './state-server.ts';

/** Milliseconds that the guard of the previous start may take to end. */
const GUARD_PATIENCE = 15_000;
/** Milliseconds that a guest has after SIGTERM or ctrl-C, as with vfkit. */
const SIGNAL_PATIENCE = 5_000;
/** podman listens before it starts the helper; milliseconds. */
const READY_PATIENCE = 10_000;

/** The exit code that podman sees: 0, or 1 when the guest was never ready. */
export type End = 0 | 1;

/** One machine from podman's call to the end of QEMU. */
export class Machine implements StateKeeper {
  readonly #line: HelperCommandLine;
  readonly #env: Environment;
  readonly #lib: string;
  readonly #files: MachineFiles;
  readonly #log: MachineLog;
  /** Aborts what is done before QEMU runs. */
  readonly #called = new AbortController();
  #guard: Guard | undefined;
  #qemu: Qemu | undefined;
  #state: State = 'Running';
  #ready = false;

  /** @param lib the folder of guard, launch and datagram.pl. */
  constructor(line: HelperCommandLine, env: Environment, lib: string) {
    this.#line = line;
    this.#env = env;
    this.#lib = lib;
    this.#files = machineFiles(line, env);
    this.#log = new MachineLog(this.#files.log);
  }

  state(): State {
    return this.#state;
  }

  /** podman's request. podman ends gvproxy itself afterwards. */
  change(wanted: StateChange): void {
    this.#guard?.stopping();
    if (wanted === 'Stop') this.#powerOff();
    else this.#pullPlug();
  }

  /** SIGTERM or ctrl-C while podman waits: the guest has a few seconds. */
  interrupt(): void {
    this.#powerOff();
    void sleep(SIGNAL_PATIENCE, undefined, { ref: false }).then(() => this.#pullPlug());
  }

  /** Runs the machine until it ends. Logs why it could not, and leaves nothing behind. */
  async run(): Promise<End> {
    // First of all: podman takes a closed port for a machine that does not run.
    const listening = await StateServer.listen(this.#line.rest, this).catch((error: unknown) => ({ error }));
    if ('error' in listening && (await StateServer.machineAnswers(this.#line.rest))) {
      // Its log, its gvproxy, all is the other one's: of two starts at once the second may be here before the first
      // has taken its lock.
      this.#log.note('a second start was refused: the machine runs already');
      return 1;
    }
    try {
      const taken = await this.#takeMachine('error' in listening ? 0 : GUARD_PATIENCE);
      if ('error' in listening) throw listening.error;
      await this.#runQemu(taken.guard, taken.sockets);
    } catch (error) {
      if (this.#called.signal.aborted) this.#log.note('stopped before QEMU was started');
      else this.#log.failure(error);
    }
    if (!('error' in listening)) listening.close();
    if (this.#qemu === undefined) this.#guard?.leave();
    else await this.#guard?.ended();
    return this.#ready ? 0 : 1;
  }

  async #takeMachine(patience: number): Promise<{ guard: Guard; sockets: Sockets }> {
    const { network, disk } = this.#line;
    const { lock, gvproxyPids } = this.#files;
    const sockets = placeSockets(network.socket, String(process.pid));
    const guard = await Guard.start({
      lib: this.#lib,
      patience,
      lock,
      disk: qemuValue(disk),
      gvproxySocket: network.socket,
      gvproxyPids,
      sockets,
    }).catch(async (error: unknown) => {
      if (sockets.folder !== undefined) await rmdir(sockets.folder);
      throw error;
    });
    this.#guard = guard;
    // podman may have asked to stop in the meantime.
    if (this.#state === 'Stopping') guard.stopping();
    this.#log.begin();
    return { guard, sockets };
  }

  async #runQemu(guard: Guard, sockets: Sockets): Promise<void> {
    const { signal } = this.#called;
    const argv = await planQemu({
      line: this.#line,
      files: this.#files,
      sockets,
      env: this.#env,
      lib: this.#lib,
      log: this.#log,
      signal,
    });
    signal.throwIfAborted();
    const qemu = new Qemu(guard.launch(argv), sockets, this.#log);
    this.#qemu = qemu;
    qemu.listen(sockets.ready, (line) => void this.#passOn(line)).catch(() => undefined);
    const how = await qemu.ended;
    if (!this.#ready) throw neverReady(how, qemu.said);
    if (how !== 'exit code 0') this.#log.note(`QEMU has ended: ${how}`);
  }

  /** Once for each start, and only a whole line: podman accepts one connection and expects a newline on it. */
  async #passOn(line: string): Promise<void> {
    try {
      const podman = await connectUnixSocket(this.#line.readySocket, { timeoutMs: READY_PATIENCE });
      this.#ready = true;
      podman.on('error', () => undefined);
      podman.end(`${line}\n`);
    } catch (error) {
      this.#log.note(`podman cannot be told that the guest is ready: ${messageOf(error)}`);
    }
  }

  #powerOff(): void {
    this.#state = 'Stopping';
    if (this.#qemu === undefined) this.#called.abort();
    else this.#qemu.powerOff();
  }

  #pullPlug(): void {
    this.#state = 'Stopping';
    if (this.#qemu === undefined) this.#called.abort();
    else this.#qemu.quit();
  }
}

function neverReady(how: string, said: readonly string[]): PodbsdError {
  const refused = said.some((line) => /hvf|HV_[A-Z]+|hypervisor/i.test(line));
  return new PodbsdError({
    doing: 'waiting for the guest to get ready',
    problem: `QEMU has ended before: ${[how, ...said].join('\n')}`,
    remedy: refused
      ? "macOS does not let this QEMU use the Hypervisor framework: take Homebrew's (brew reinstall qemu), and see that sysctl kern.hv_support says 1"
      : 'see the lines above; podbsd doctor looks at this host',
    exitCode: ExitCode.notReady,
  });
}
