import { rename } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Config } from '../../config/schema.ts';
import { errnoOf } from '../../ground/errors.ts';
import type { Host } from '../../host/host.ts';
import type { SshHost } from '../../host/ssh.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { findAccelerator, type Accelerator } from '../../vm/accelerator.ts';
import { findArm64Firmware } from '../../vm/firmware.ts';
import { freePort } from '../../vm/free-port.ts';
import { makeMachineFolder, type MachineFolder } from '../../vm/machine-folder.ts';
import { QmpClient } from '../../vm/qmp.ts';
import { RunningMachine } from '../../vm/running-machine.ts';
import { AccelerationFailed, connectInside } from './connect.ts';
import { layerBelow, layerFile, layersFrom, type Backing, type Layer } from './layers.ts';
import { insideOf, type BakeMachine, type Inside } from './machine.ts';
import type { BakePaths } from './paths.ts';
import { readSeedKeys, seedDisk } from './seed-files.ts';

/** Milliseconds that a guest may take to boot or to power off. Emulated, everything takes twenty times as long. */
const PATIENCE = { native: 5 * 60_000, emulated: 40 * 60_000 } as const;

/** FreeBSD goes down within this time where it is not emulated; then the power button is pressed, too. Milliseconds. */
const SHUTDOWN = 30_000;

/** QEMU ends within this time when it is told to, even on a busy host; milliseconds. */
const END_TIMEOUT = 30_000;

interface Running {
  readonly machine: RunningMachine;
  readonly folder: MachineFolder;
  readonly ssh: SshHost;
  readonly layer: Layer;
}

const recordSchema = z.object({ qmpSocket: z.string(), pidFile: z.string(), folder: z.string() });

/** A QEMU machine on a stack of layers, reached across SSH. */
export class QemuBakeMachine implements BakeMachine {
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

  async enter(layer: Layer, run: StageRun): Promise<Inside> {
    const below = layerBelow(layer);
    if (this.#running?.layer === below && below !== undefined) await this.#stack(layer);
    else if (this.#running?.layer !== layer) {
      await this.close();
      if (!(await this.has(layer))) await this.#create(layer, run);
      await this.open(layerFile(this.#paths.layers, layer), layer, run);
    }
    if (this.#running === undefined) throw new Error('the machine is not running');
    return insideOf(this.#running.ssh, run);
  }

  async has(layer: Layer): Promise<boolean> {
    return (await this.#host.stat(layerFile(this.#paths.layers, layer))) !== undefined;
  }

  async discard(layer: Layer): Promise<void> {
    const doomed = layersFrom(layer);
    if (this.#running !== undefined && doomed.includes(this.#running.layer)) await this.close();
    for (const name of [...doomed].reverse())
      if (await this.has(name)) await this.#host.remove(layerFile(this.#paths.layers, name));
  }

  async powerOff(run: StageRun): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    run.progress({ text: 'powering off' });
    // Not by the power button at first: not every guest on every firmware notices it. The answer may be lost on the way.
    await running.ssh.run(['/sbin/shutdown', '-p', 'now']).catch(() => undefined);
    await running.ssh.close();
    await Promise.race([running.machine.exited, sleep(SHUTDOWN, undefined, { ref: false })]);
    await running.machine.powerOff(patience(running.machine.spec.accelerator));
    await this.#forget(running);
  }

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
    const pid = Number(await this.#host.readText(pidFile));
    const qmp = await QmpClient.connect(qmpSocket, { timeoutMs: 2_000 }).catch(() => undefined);
    if (qmp !== undefined) {
      // QEMU closes the connection instead of answering, which is what was asked for.
      await qmp.quit().catch(() => undefined);
      await isGone(pid);
    }
    await this.#host.remove(folder);
    await this.#host.remove(this.#paths.machine);
  }

  /** Boots a disk that lies on a layer, or is one, and logs in. `close()` or `powerOff()` ends it. */
  async open(disk: string, layer: Layer, run: StageRun): Promise<SshHost> {
    this.#running = await this.#start(disk, layer, run);
    return this.#running.ssh;
  }

  /** Emulated, when the processor's own help turns out to be broken. */
  async #start(disk: string, layer: Layer, run: StageRun): Promise<Running> {
    this.#accelerator ??= await findAccelerator(this.#host, this.#config.build.architecture);
    try {
      return await this.#boot(disk, layer, this.#accelerator, run);
    } catch (error) {
      if (!(error instanceof AccelerationFailed)) throw error;
      run.say(`${this.#accelerator} gave up on this guest: it is emulated instead, which takes much longer`);
      this.#accelerator = 'tcg';
      return await this.#boot(disk, layer, this.#accelerator, run);
    }
  }

  /** The base's first boot gets the seed. */
  async #boot(disk: string, layer: Layer, accelerator: Accelerator, run: StageRun): Promise<Running> {
    const { architecture } = this.#config.build;
    const firmware = architecture === 'arm64' ? await findArm64Firmware(this.#host) : undefined;
    const keys = await readSeedKeys(this.#host, this.#paths.seed);
    const sshPort = await freePort();
    const folder = await makeMachineFolder();
    await this.#host.mkdir(this.#paths.directory);
    await this.#keepOldConsole();
    const { qmpSocket, pidFile, path } = folder;
    await this.#host.writeFile(this.#paths.machine, JSON.stringify({ qmpSocket, pidFile, folder: path }));
    const spec = {
      style: 'podman-4',
      architecture,
      accelerator,
      memoryMiB: this.#config.bake.memory,
      cpus: this.#config.bake.cpus ?? Math.min(4, availableParallelism()),
      boot: { kind: 'disk', path: disk, discard: true },
      rawDisks: layer === 'boot' ? [seedDisk(this.#paths.seed)] : [],
      network: { kind: 'user', sshPort },
      shares: [],
      shareTransport: 'virtio-9p',
      securityModel: 'none',
      name: 'bake',
      qmpSocket,
      readySocket: folder.readySocket,
      pidFile: folder.pidFile,
      serialLog: this.#paths.console,
      ...(firmware === undefined ? {} : { firmware }),
    } as const;
    const machine = await RunningMachine.start(this.#host, spec, { readyTimeoutMs: patience(accelerator) });
    try {
      const ssh = await connectInside({
        machine,
        sshPort,
        keys,
        console: this.#paths.console,
        timeoutMs: patience(accelerator),
        run,
      });
      return { machine, folder, ssh, layer };
    } catch (error) {
      await machine.kill();
      await folder.remove();
      throw error;
    }
  }

  /** Freezes the layer that the running machine writes to, and goes on in a new one. */
  async #stack(layer: Layer): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    await running.machine.qmp.execute('blockdev-snapshot-sync', {
      device: 'virtio0',
      'snapshot-file': layerFile(this.#paths.layers, layer),
      format: 'qcow2',
    });
    this.#running = { ...running, layer };
  }

  async #create(layer: Layer, run: StageRun): Promise<void> {
    const below = layerBelow(layer);
    const base = run.outputs('base');
    const backing: Backing =
      below === undefined
        ? { path: base['path'] ?? '', format: base['format'] === 'raw' ? 'raw' : 'qcow2' }
        : { path: layerFile(this.#paths.layers, below), format: 'qcow2' };
    const size = below === undefined ? [String(base['size'])] : [];
    await this.#host.mkdir(this.#paths.layers);
    const file = layerFile(this.#paths.layers, layer);
    await run.exec([
      ...(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', backing.path, '-F', backing.format] as const),
      ...[file, ...size],
    ]);
  }

  async #forget(running: Running): Promise<void> {
    this.#running = undefined;
    await running.folder.remove();
    await this.#host.remove(this.#paths.machine);
  }

  async #keepOldConsole(): Promise<void> {
    try {
      await rename(this.#paths.console, `${this.#paths.console}.old`);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
}

/** Waits until a process that has been told to end has done so: until then it holds the locks on its disks. */
async function isGone(pid: number): Promise<void> {
  for (let waited = 0; pid > 0 && waited < END_TIMEOUT; waited += 100) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await sleep(100);
  }
}

function patience(accelerator: Accelerator): number {
  return accelerator === 'tcg' ? PATIENCE.emulated : PATIENCE.native;
}
