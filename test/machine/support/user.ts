import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { machinePaths, type MachinePaths } from '../../../src/machine/paths.ts';
import { machinePlaces } from '../../../src/machine/places.ts';
import type { ProviderName } from '../../../src/machine/provider/names.ts';
import { listMachines, type Machine } from '../../../src/machine/record.ts';
import { machineState } from '../../../src/machine/state.ts';
import { bundledProgram } from '../../support/bundled-program.ts';

export interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function startProgram(program: string, args: readonly string[], env: Record<string, string>) {
  return execa('node', [program, 'machine', ...args], { env, reject: false });
}

/** Somebody with a home directory of their own, who uses the real command line. */
export class MachineUser {
  readonly home: string;
  readonly env: Record<string, string>;

  private constructor(home: string, env: Record<string, string>) {
    this.home = home;
    this.env = env;
  }

  /** @param path folders in front of PATH. */
  static async make(home: string, path: readonly string[] = []): Promise<MachineUser> {
    const runtime = join(home, 'run');
    await mkdir(runtime, { recursive: true });
    const containersConf = join(home, 'containers.conf');
    await writeFile(containersConf, '');
    return new MachineUser(home, {
      HOME: home,
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_RUNTIME_DIR: runtime,
      // For root podman would change the system's file.
      CONTAINERS_CONF: containersConf,
      PATH: [...path, process.env['PATH'] ?? ''].join(':'),
      NO_COLOR: '1',
    });
  }

  paths(name: string, provider: ProviderName = 'qemu'): MachinePaths {
    const places = { data: join(this.home, 'data/podbsd/machine'), runtime: join(this.home, 'run/podbsd') };
    return machinePaths(places, name, { provider });
  }

  /** Starts `podbsd machine ...` and leaves it running. In an object, because a promise would be waited for. */
  async started(...args: string[]): Promise<{ readonly process: ReturnType<typeof startProgram> }> {
    return { process: startProgram(await bundledProgram(), args, this.env) };
  }

  /** Runs `podbsd machine ...` to its end. */
  async run(...args: string[]): Promise<Ended> {
    const { process } = await this.started(...args);
    const { exitCode, stdout, stderr } = await process;
    return { exitCode, stdout, stderr };
  }

  /** The same, which must succeed. */
  async ok(...args: string[]): Promise<Ended> {
    const ended = await this.run(...args);
    if (ended.exitCode !== 0)
      throw new Error(
        `podbsd machine ${args.join(' ')}: ${ended.exitCode}\n${ended.stdout}\n${ended.stderr}`,
      );
    return ended;
  }

  /** Observed as `podbsd machine list` does it, but in this process: tests ask it again and again. */
  async state(name: string): Promise<string> {
    const machine = (await this.#machines()).find(({ record }) => record.name === name);
    return machine === undefined ? 'missing' : await machineState(machine);
  }

  /** Force every machine off; for the end of a test. */
  async cleanUp(): Promise<void> {
    for (const { record } of await this.#machines()) await this.run('stop', '--timeout', '0', record.name);
  }

  async #machines(): Promise<readonly Machine[]> {
    return await listMachines(machinePlaces(this.env, process.platform), () => undefined);
  }
}
