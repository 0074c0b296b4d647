import type { Client, SFTPWrapper } from 'ssh2';
import { again, isLost, isNetworkError } from './again.ts';
import { ConnectionLostError, openConnection } from './connection.ts';
import type { SshSettings } from './settings.ts';
import { Sftp } from './sftp.ts';
import { formatSshUrl } from './url.ts';

/** The connection to a server and its SFTP session, both opened when first needed and again after they broke. */
export class SshLink {
  readonly #settings: SshSettings;
  #client: Promise<Client> | undefined;
  #sftp: Promise<Sftp> | undefined;
  #wasOpen = false;

  constructor(settings: SshSettings) {
    this.#settings = settings;
  }

  /** The open connection, or a new one when there is none or the last one broke. */
  async connection(): Promise<Client> {
    if (this.#client === undefined) {
      const opening = this.#wasOpen
        ? again(() => openConnection(this.#settings), isNetworkError)
        : openConnection(this.#settings);
      const forget = (): void => {
        if (this.#client !== opening) return;
        this.#client = undefined;
        this.#sftp = undefined;
      };
      this.#client = opening;
      opening.then((client) => {
        this.#wasOpen = true;
        // 'end' comes first: the server has closed the connection, and ssh2 sends nothing more.
        client.once('end', forget).once('close', forget);
      }, forget);
    }
    return await this.#client;
  }

  /** Runs an operation on files, again when the connection breaks: all of them may be repeated. */
  async files<T>(doing: string, work: (sftp: Sftp) => Promise<T>): Promise<T> {
    return await again(async () => {
      const client = await this.connection();
      return await work(await (this.#sftp ??= this.#openSftp(client, doing)));
    }, isLost);
  }

  async #openSftp(client: Client, doing: string): Promise<Sftp> {
    const lost = new ConnectionLostError(this.#settings, doing);
    const raw = await new Promise<SFTPWrapper>((resolve, reject) => {
      client.once('close', () => reject(lost));
      client.sftp((error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    const sftp = new Sftp(raw, formatSshUrl(this.#settings));
    const abandon = (): void => {
      this.#sftp = undefined;
      sftp.abandon(lost);
    };
    raw.on('error', () => undefined);
    raw.once('close', abandon);
    client.once('close', abandon);
    return sftp;
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    if (client === undefined) return;
    await new Promise<void>((resolve) => {
      client.once('close', () => resolve());
      client.end();
    });
  }
}
