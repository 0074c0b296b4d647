import type { Callback, SFTPWrapper } from 'ssh2';

/** Calls of ssh2 that only succeed or fail, and those that return a value. */
type Order = (done: Callback) => void;
type Question<T> = (done: (error: Error | undefined, value: T) => void) => void;

/** One SFTP session: ssh2's callbacks as promises that fail when the session is lost. */
export class SftpSession {
  readonly raw: SFTPWrapper;
  protected readonly hostName: string;
  /** Calls that wait for an answer. ssh2 never settles them when the connection breaks. */
  readonly #waiting = new Set<(error: Error) => void>();
  #lost: Error | undefined;

  /** @param hostName names the server in messages. */
  constructor(raw: SFTPWrapper, hostName: string) {
    this.raw = raw;
    this.hostName = hostName;
  }

  /** Fails every call that waits, and all later ones: the session is gone. */
  abandon(reason: Error): void {
    this.#lost ??= reason;
    for (const reject of [...this.#waiting]) reject(reason);
  }

  async order(call: Order): Promise<void> {
    await this.ask<undefined>((done) => call((error) => done(error ?? undefined, undefined)));
  }

  async ask<T>(call: Question<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    return await new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      call((error, value) => {
        this.#waiting.delete(reject);
        if (error instanceof Error) reject(error);
        else resolve(value);
      });
    });
  }
}
