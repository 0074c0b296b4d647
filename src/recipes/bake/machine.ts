import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Config } from '../../config/schema.ts';
import { until } from '../../ground/until.ts';
import { reach } from '../../host/dry-run.ts';
import type { Host } from '../../host/host.ts';
import type { SshHost } from '../../host/ssh.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { findAccelerator, type Accelerator } from '../../vm/accelerator.ts';
import { QmpClient } from '../../vm/qmp.ts';
import { bootMachine, patience, type Booted } from './boot-machine.ts';
import { AccelerationFailed } from './connect.ts';
import { insideOf, type Inside } from './inside.ts';
import { layerBelow, layerFile, layersFrom, type Base, type Layer } from './layers.ts';
import type { BakePaths } from './paths.ts';
import { stackLayer } from './stack-layer.ts';

/** FreeBSD goes down within this time where it is not emulated; then the power button is pressed, too. Milliseconds. */
const SHUTDOWN = 30_000;

/** QEMU ends within this time when it is told to, even on a busy host; milliseconds. */
const END_TIMEOUT = 30_000;

interface Running extends Booted {
  readonly layer: Layer;
}

const recordSchema = z.object({ qmpSocket: z.string(), pidFile: z.string(), folder: z.string() });

/**
 * The machine that bakes: QEMU on a stack of layers, reached over SSH. Stages use it one after the other and need not
 * know when it is started or stopped.
 */
export class BakeMachine {
  readonly #host: Host;
  readonly #config: Config;
  readonly #paths: BakePaths;
  #running: Running | undefined;
  #accelerator: Accelerator | undefined;

  constructor(host: Host, config: Config, paths: BakePaths) {
    this.#host = host;
    this.#config = config;
    this.#paths = paths;
  }

  /**
   * The inside of the machine, which from now on writes into the layer of this stage. Started when it is not running.
   *
   * @param base what the first layer lies on.
   */
  async enter(layer: Layer, run: StageRun, base?: Base): Promise<Inside> {
    const description = `the machine works on ${layerFile(this.#paths.layers, layer)}`;
    return insideOf(await reach(this.#host, description, () => this.#enter(layer, run, base)), run);
  }

  async #enter(layer: Layer, run: StageRun, base: Base | undefined): Promise<SshHost> {
    const running = this.#running;
    if (running?.layer === layer) return running.ssh;
    if (running !== undefined && running.layer === layerBelow(layer))
      return await this.#stack(running, layer, run);
    await this.close();
    if (!(await this.has(layer))) await this.#create(layer, run, base);
    return await this.open(layerFile(this.#paths.layers, layer), layer, run);
  }

  /** Whether the layer of a stage is there. */
  async has(layer: Layer): Promise<boolean> {
    return (await this.#host.stat(layerFile(this.#paths.layers, layer))) !== undefined;
  }

  /** Removes a layer and those that lie on it, and stops the machine when it works on one of them. */
  async discard(layer: Layer): Promise<void> {
    const doomed = layersFrom(layer);
    if (this.#running !== undefined && doomed.includes(this.#running.layer)) await this.close();
    for (const name of [...doomed].reverse())
      if (await this.has(name)) await this.#host.remove(layerFile(this.#paths.layers, name));
  }

  /** Lets the guest power off and waits for it. */
  async powerOff(run: StageRun): Promise<void> {
    run.progress({ text: 'powering off' });
    await this.#host.perform('power the machine off and wait until it is off', async () => {
      const running = this.#running;
      if (running === undefined) return;
      const { ssh, machine } = running;
      // Not by the power button at first: not every guest on every firmware notices it. The answer may be lost on the way.
      await ssh.run(['/sbin/shutdown', '-p', 'now']).catch(() => undefined);
      await ssh.close();
      await Promise.race([machine.exited, sleep(SHUTDOWN, undefined, { ref: false })]);
      await machine.powerOff(patience(machine.spec.accelerator));
      await this.#forget(running);
    });
  }

  /** Stops the machine at once, if it runs. */
  async close(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    await running.ssh.close();
    await running.machine.kill();
    await this.#forget(running);
  }

  /** Ends a machine that an earlier podbsd left running when it was killed. */
  async stopOrphan(): Promise<void> {
    const text = await this.#host.readText(this.#paths.machine);
    if (text === undefined) return;
    const { qmpSocket, pidFile, folder } = recordSchema.parse(JSON.parse(text));
    await this.#host.perform('end the machine that an interrupted run has left', async () => {
      const pid = Number(await this.#host.readText(pidFile));
      const qmp = await QmpClient.connect(qmpSocket, { timeoutMs: 2_000 }).catch(() => undefined);
      // QEMU closes the connection instead of answering, which is what was asked for.
      await qmp?.quit().catch(() => undefined);
      if (qmp !== undefined) await isGone(pid);
    });
    await this.#host.remove(folder);
    await this.#host.remove(this.#paths.machine);
  }

  /** Boots a disk that lies on a layer, or is one, and logs in. `close()` or `powerOff()` ends it. */
  async open(disk: string, layer: Layer, run: StageRun): Promise<SshHost> {
    const booted = await this.#start(disk, layer, run);
    this.#running = { ...booted, layer };
    return booted.ssh;
  }

  /** Falls back to emulation when hardware acceleration turns out to be broken. */
  async #start(disk: string, layer: Layer, run: StageRun): Promise<Booted> {
    const boot = (accelerator: Accelerator): Promise<Booted> =>
      bootMachine(
        { host: this.#host, config: this.#config, paths: this.#paths },
        { disk, firstBoot: layer === 'boot', accelerator },
        run,
      );
    this.#accelerator ??= await findAccelerator(this.#config.build.architecture);
    try {
      return await boot(this.#accelerator);
    } catch (error) {
      if (!(error instanceof AccelerationFailed)) throw error;
      run.say(`${this.#accelerator} gave up on this guest: it is emulated instead, which takes much longer`);
      this.#accelerator = 'tcg';
      return await boot(this.#accelerator);
    }
  }

  /** Freezes the layer that the running machine writes to, and goes on in a new one. */
  async #stack(running: Running, layer: Layer, run: StageRun): Promise<SshHost> {
    const { layers } = this.#paths;
    const files = { below: layerFile(layers, running.layer), layer: layerFile(layers, layer) };
    await stackLayer(running.machine.qmp, { ...files, name: `podbsd-${layer}` }, run);
    this.#running = { ...running, layer };
    return running.ssh;
  }

  async #create(layer: Layer, run: StageRun, base: Base | undefined): Promise<void> {
    const { layers } = this.#paths;
    const below = layerBelow(layer);
    const backing = below === undefined ? base : { path: layerFile(layers, below), format: 'qcow2' };
    if (backing === undefined) throw new Error(`layer ${layer} lies on nothing`);
    const size = below === undefined && base !== undefined ? [String(base.size)] : [];
    await this.#host.mkdir(layers);
    await run.exec([
      ...(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', backing.path, '-F', backing.format] as const),
      ...[layerFile(layers, layer), ...size],
    ]);
  }

  async #forget(running: Running): Promise<void> {
    this.#running = undefined;
    await running.folder.remove();
    await this.#host.remove(this.#paths.machine);
  }
}

/** Waits until a process that has been told to end has done so: until then it holds the locks on its disks. */
async function isGone(pid: number): Promise<void> {
  const ended = (): true | undefined => {
    try {
      process.kill(pid, 0);
      return undefined;
    } catch {
      return true;
    }
  };
  if (pid > 0) await until(ended, { every: 100, within: END_TIMEOUT });
}
