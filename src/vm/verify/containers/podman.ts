import { until } from '../../../ground/until.ts';
import type { SshHost } from '../../../host/ssh.ts';
import type { Guest } from '../guest.ts';

/** By its full path: in root's PATH podbsd's own comes first. */
const program = '/usr/local/bin/podman';
/** The image that the checks make of the guest's own base system. */
export const image = 'localhost/podbsd-verify';
/** Milliseconds within which a condition must become true; under emulation each podman takes a second or two. */
const patience = 90_000;

const server = 'while :; do echo served | /usr/bin/nc -l 80; done';
const buildFolder = '/var/tmp/podbsd-build';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** podman in the guest, run by root. */
export class Podman {
  readonly #ssh: Pick<SshHost, 'run'>;

  constructor(ssh: Pick<SshHost, 'run'>) {
    this.#ssh = ssh;
  }

  static async of(guest: Guest): Promise<Podman> {
    return new Podman(await guest.as('root'));
  }

  /** @throws when it fails. Answers standard output without the last newline. */
  async run(...args: readonly string[]): Promise<string> {
    return (await this.#ssh.run([program, ...args])).stdout.trimEnd();
  }

  /** The same with something to read. */
  async withInput(input: string, ...args: readonly string[]): Promise<string> {
    return await this.guest([program, ...args], input);
  }

  /** Runs it and accepts any exit code. */
  async attempt(...args: readonly string[]): Promise<Ended> {
    const codes = Array.from({ length: 256 }, (_, code) => code);
    const { exitCode, stdout, stderr } = await this.#ssh.run([program, ...args], { okCodes: codes });
    return { code: exitCode, out: stdout.trimEnd(), err: stderr.trim() };
  }

  /** Another program of the guest, or a file for podman. */
  async guest(argv: readonly [string, ...string[]], input?: string): Promise<string> {
    return (await this.#ssh.run(argv, input === undefined ? {} : { input })).stdout.trimEnd();
  }

  /** Makes an image of a Containerfile's text. */
  async build(tag: string, file: string, ...options: readonly string[]): Promise<void> {
    await this.guest(['/bin/mkdir', '-p', buildFolder]);
    await this.guest(['/usr/bin/tee', `${buildFolder}/Containerfile`], file);
    await this.run('build', '--quiet', ...options, '--tag', tag, buildFolder);
  }

  /** A container that stays; one of that name from before is removed. */
  async start(name: string, ...options: readonly string[]): Promise<void> {
    await this.run('rm', '--force', '--ignore', '--time', '0', name);
    await this.run('run', '--detach', '--name', name, ...options, image, '/bin/sleep', '3600');
  }

  /** A container that answers `served` on its port 80. */
  async serve(name: string, ...options: readonly string[]): Promise<void> {
    await this.run('rm', '--force', '--ignore', '--time', '0', name);
    await this.run('run', '--detach', '--name', name, ...options, image, '/bin/sh', '-c', server);
  }

  /** Waits until that container answers at a port of the guest. */
  async eventuallyServed(port: number): Promise<void> {
    const ask = async (): Promise<string> =>
      await this.guest(['/usr/bin/nc', '-w', '5', '127.0.0.1', String(port)]).catch(() => '');
    await this.eventually(`answer at 127.0.0.1:${port}`, ask, (answer) => answer === 'served');
  }

  /** The address that a container is given for a name; empty when it is not known. */
  async lookUp(container: string, name: string): Promise<string> {
    const { out } = await this.attempt('exec', container, '/usr/bin/getent', 'hosts', name);
    return out.split(/\s+/)[0] ?? '';
  }

  /** The container's address on a network. */
  async address(container: string, network: string): Promise<string> {
    const field = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
    return await this.run('inspect', '--format', field, container);
  }

  async remove(...containers: readonly string[]): Promise<void> {
    await this.run('rm', '--force', '--time', '0', ...containers);
  }

  /** Waits for the expected answer; fails with the last one. */
  async eventually(
    what: string,
    look: () => Promise<string>,
    wanted: (answer: string) => boolean,
  ): Promise<string> {
    let last = '';
    const found = await until(
      async () => {
        last = await look();
        return wanted(last) ? last : undefined;
      },
      { every: 500, within: patience },
    );
    if (found === undefined) throw new Error(`${what}: ${JSON.stringify(last)} after ${patience / 1000} s`);
    return found;
  }

  /** Fails unless podman does, with these words. */
  async expectRefused(words: RegExp, ...args: readonly string[]): Promise<string> {
    const { code, err } = await this.attempt(...args);
    if (code === 0) throw new Error(`podman ${args.join(' ')} worked: the table must be corrected`);
    if (!words.test(err)) throw new Error(`podman ${args.join(' ')} does not fail as expected: ${err}`);
    return err.split('\n').at(-1) ?? '';
  }
}
