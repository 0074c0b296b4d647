import { formatArgv } from '../ground/quote.ts';
import type { Argv, FileInfo, Host, RunOptions, RunResult } from './host.ts';

/**
 * Prints what would be done and does nothing. Questions are answered by the host behind it when there is one, so that
 * the plan is the one that a real run would follow. Without one every answer is unknown: see ask.ts.
 */
export class DryRunHost implements Host {
  readonly dryRun = true;
  readonly #print: (line: string) => void;
  readonly #behind: Host | undefined;
  readonly #name: string | undefined;

  /**
   * @param print receives one line for each command or change.
   * @param behind answers `readOnly` commands and questions about files; without it nothing exists.
   * @param name of the host that things would be done on; default: that of the one behind.
   */
  constructor(print: (line: string) => void, behind?: Host, name?: string) {
    this.#print = print;
    this.#behind = behind;
    this.#name = name;
  }

  get name(): string {
    return this.#name ?? this.#behind?.name ?? 'this host';
  }

  /** The inside of a machine that a real run would have made: nothing can be asked there. */
  inside(): DryRunHost {
    const print = (line: string): void => this.#print(line.startsWith('#') ? line : `inside: ${line}`);
    return new DryRunHost(print, undefined, 'the machine');
  }

  get answers(): boolean {
    return this.#behind?.answers ?? false;
  }

  async run(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
    if (options.readOnly === true && this.#behind !== undefined) return await this.#behind.run(argv, options);
    const cd = options.cwd === undefined ? '' : `cd ${formatArgv([options.cwd])} && `;
    const env = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${formatArgv([value])} `);
    this.#print(`${cd}${env.join('')}${formatArgv(argv)}`);
    return { exitCode: 0, stdout: '', stderr: '' };
  }

  async readText(path: string): Promise<string | undefined> {
    return await this.#behind?.readText(path);
  }

  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    this.#print(`# write ${path} (${Buffer.byteLength(content)} bytes)`);
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    return await this.#behind?.stat(path);
  }

  async list(path: string): Promise<string[] | undefined> {
    return await this.#behind?.list(path);
  }

  async mkdir(path: string): Promise<void> {
    this.#print(formatArgv(['mkdir', '-p', path]));
  }

  async remove(path: string): Promise<void> {
    this.#print(formatArgv(['rm', '-rf', path]));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#print(formatArgv(['mv', from, to]));
  }

  async upload(localPath: string, path: string): Promise<void> {
    this.#print(`# copy ${localPath} to ${this.name}:${path}`);
  }

  async download(path: string, localPath: string): Promise<void> {
    this.#print(`# copy ${this.name}:${path} to ${localPath}`);
  }

  async perform<T>(...[description]: Parameters<Host['perform']>): Promise<T | undefined> {
    this.#print(`# ${description}`);
    return undefined;
  }

  async close(): Promise<void> {
    await this.#behind?.close();
  }
}

/**
 * A machine that podbsd starts from here, or has started, as a host. A dry run prints the description and answers a host
 * that prints what would be done inside.
 */
export async function reach(here: Host, description: string, connect: () => Promise<Host>): Promise<Host> {
  if (!(here instanceof DryRunHost)) return await connect();
  await here.perform(description, connect);
  return here.inside();
}
