import { ExitCode } from '../ground/errors.ts';
import { refusal, requireAll } from '../ground/lack/lack.ts';
import { lackOfProgram } from '../ground/lack/program.ts';
import { growDisk } from '../images/make-disk.ts';
import { shareLacks } from './lacks.ts';
import { withMachineLock } from './lock.ts';
import type { MachinePlaces } from './places.ts';
import { diskFormats } from './provider/names.ts';
import { providerOf } from './provider/providers.ts';
import { openMachine, saveMachine, type Machine, type MachineRecord } from './record.ts';
import { vmProcess } from './state.ts';

/** What can be changed after creation. */
export type Settings = Partial<
  Pick<MachineRecord, 'cpus' | 'memoryMiB' | 'diskGiB' | 'rootful' | 'volumes' | 'network' | 'dockerContext'>
>;

/** Changes a machine that is stopped; the changes reach the guest at the next start. */
export async function changeSettings(
  places: MachinePlaces,
  name: string,
  settings: Settings,
): Promise<Machine> {
  const { paths } = await openMachine(places, name);
  return await withMachineLock({ name, lock: paths.lock }, `changing ${name}`, async () => {
    const machine = await openMachine(places, name);
    await requireChangeable(machine, settings);
    const { diskGiB, provider } = machine.record;
    const wanted = settings.diskGiB ?? diskGiB;
    if (wanted > diskGiB) await growDisk(machine.paths.disk, diskFormats[provider], wanted);
    return await saveMachine(machine, settings);
  });
}

/** Refuses what cannot be changed, with all that is in the way at once; nothing is touched. */
export async function requireChangeable({ record, paths }: Machine, settings: Settings): Promise<void> {
  const { name, diskGiB, network, provider } = record;
  const wanted = settings.diskGiB ?? diskGiB;
  const grows = wanted > diskGiB;
  requireAll(`changing ${name}`, [
    (await vmProcess({ record, paths })) === undefined
      ? undefined
      : {
          problem: 'the machine is running',
          remedy: `podbsd machine stop ${name}, then the same command again`,
          exitCode: ExitCode.failed,
        },
    await refusal(() => providerOf(provider).checkNetwork(settings.network ?? network)),
    wanted < diskGiB
      ? {
          problem: `its disk has ${diskGiB} GiB already, and shrinking it would destroy what is on it`,
          remedy: 'give a larger size, or make a new machine',
          exitCode: ExitCode.usage,
        }
      : undefined,
    ...(await shareLacks(settings.volumes ?? [])),
    grows && diskFormats[provider] === 'qcow2' ? lackOfProgram('qemu-img') : undefined,
  ]);
}
