import { engineModule } from './engine-module.ts';
import { signalNumbers, type Child, type ChildHandlers, type SignalName } from './events.ts';
import { Lines } from './lines.ts';
import type { Argv } from './system.ts';

const os: typeof import('os') = await engineModule('os');

/** Milliseconds to wait for the end of the output of a program that has ended, but left its pipe to others. */
const lastWords = 200;
/** Milliseconds between two checks whether a program whose output has ended has ended itself. */
const looks = [1, 10, 100, 1000] as const;

/** The programs that run beside us. */
export class Children {
  readonly #running = new Map<number, RunningChild>();
  readonly #environment: Readonly<Record<string, string>>;

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
    // A signal may come just before the engine begins to wait, and is then seen late: the end of a program's output
    // is the other sign of its end.
    os.signal(os.SIGCHLD, () => this.#reap());
  }

  start(argv: Argv, handlers: ChildHandlers): Child {
    const pipe = os.pipe();
    const nothing = os.open('/dev/null', os.O_RDONLY);
    const nowhere = os.open('/dev/null', os.O_WRONLY);
    if (pipe === null || nothing < 0 || nowhere < 0)
      throw new Error(`cannot run ${argv[0]}: too many files are open`);
    const [readEnd, writeEnd] = pipe;
    const pid = os.exec(argv, {
      block: false,
      usePath: false,
      stdin: nothing,
      stdout: writeEnd,
      // Never our own: whoever reads it would wait for a program that outlives us.
      stderr: handlers.errorsToo === true ? writeEnd : nowhere,
      env: this.#environment,
    });
    for (const fd of [writeEnd, nothing, nowhere]) os.close(fd);
    const child = new RunningChild(pid, readEnd, handlers, () => this.#running.delete(pid));
    this.#running.set(pid, child);
    return child;
  }

  #reap(): void {
    for (const child of [...this.#running.values()]) child.look();
  }
}

class RunningChild implements Child {
  readonly pid: number;
  readonly #fd: number;
  readonly #lines: Lines;
  readonly #handlers: ChildHandlers;
  readonly #gone: () => void;
  readonly #buffer = new Uint8Array(16384);
  #open = true;
  #reads = 0;
  #code: number | undefined;

  constructor(pid: number, fd: number, handlers: ChildHandlers, gone: () => void) {
    this.pid = pid;
    this.#fd = fd;
    this.#handlers = handlers;
    this.#gone = gone;
    this.#lines = new Lines((line) => handlers.onLine?.(line));
    os.setReadHandler(fd, () => this.#read());
  }

  signal(name: SignalName): void {
    // Until it is reaped, its number is nobody else's.
    if (this.#code === undefined) os.kill(this.pid, signalNumbers[name]);
  }

  /** Looks whether it has ended; what it has written before may still lie in the pipe. */
  look(): void {
    if (this.#code !== undefined) return;
    const [pid, status] = os.waitpid(this.pid, os.WNOHANG);
    if (pid === 0) return;
    this.#code = pid < 0 ? 127 : exitCode(status);
    if (this.#open) this.#awaitLastWords();
    else this.#finish();
  }

  /**
   * What it has written before its end may still lie in the pipe, and a program that it has left behind may hold the pipe
   * open. The engine looks at its timers before it reads: there was time to read only when the timer comes when it is
   * due, and nothing has been read meanwhile.
   */
  #awaitLastWords(): void {
    const reads = this.#reads;
    const due = Date.now() + lastWords;
    os.setTimeout(() => {
      if (!this.#open) return;
      const isLate = Date.now() - due > lastWords / 2;
      if (isLate || this.#reads > reads) this.#awaitLastWords();
      else this.#close();
    }, lastWords);
  }

  #read(): void {
    this.#reads++;
    const count = os.read(this.#fd, this.#buffer.buffer, 0, this.#buffer.length);
    if (count > 0) this.#lines.add(this.#buffer.subarray(0, count));
    else this.#close();
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    os.setReadHandler(this.#fd, null);
    os.close(this.#fd);
    this.#lines.end();
    if (this.#code === undefined) this.#lookAgain(0);
    else this.#finish();
  }

  #lookAgain(tries: number): void {
    this.look();
    if (this.#code !== undefined) return;
    os.setTimeout(() => this.#lookAgain(tries + 1), looks[tries] ?? 1000);
  }

  #finish(): void {
    this.#gone();
    this.#handlers.onExit(this.#code ?? 127);
  }
}

/** From the status of wait(2), which FreeBSD and Linux write alike. */
function exitCode(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}
