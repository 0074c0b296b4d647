import { connect } from 'node:net';

/** Milliseconds that sshd may take for its banner. A slow guest is not asked again meanwhile: that would slow it more. */
const PATIENCE = 60_000;

/** Finds out, with as few connections as possible, since when the guest's sshd answers. */
export class SshdKnock {
  #answers = false;
  #waiting = false;

  get answers(): boolean {
    return this.#answers;
  }

  /** Knocks unless a knock is waiting for its answer. Does not wait, and does not keep podbsd from ending. */
  knock(port: number): void {
    if (this.#waiting || this.#answers) return;
    this.#waiting = true;
    const socket = connect({ host: '127.0.0.1', port, timeout: PATIENCE }).unref();
    // QEMU and gvproxy take every connection; only sshd sends its banner.
    socket.once('data', (bytes: Buffer) => {
      this.#answers = bytes.toString('latin1').startsWith('SSH-');
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy());
    socket.once('error', () => socket.destroy());
    socket.once('close', () => (this.#waiting = false));
  }
}
