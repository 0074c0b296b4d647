import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { growDisk } from '../images/make-disk.ts';
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
  const doing = `changing ${name}`;
  const { paths } = await openMachine(places, name);
  return await withMachineLock({ name, lock: paths.lock }, doing, async () => {
    const machine = await openMachine(places, name);
    if ((await vmProcess(machine)) !== undefined)
      throw new PodbsdError({
        doing,
        problem: 'the machine is running',
        remedy: `podbsd machine stop ${name}, then the same command again`,
        exitCode: ExitCode.failed,
      });
    const { diskGiB, network, provider } = machine.record;
    providerOf(provider).checkNetwork(settings.network ?? network);
    const wanted = settings.diskGiB ?? diskGiB;
    if (wanted < diskGiB)
      throw new PodbsdError({
        doing,
        problem: `its disk has ${diskGiB} GiB already, and shrinking it would destroy what is on it`,
        remedy: `give a larger size, or make a new machine`,
        exitCode: ExitCode.usage,
      });
    if (wanted > diskGiB) await growDisk(machine.paths.disk, diskFormats[provider], wanted);
    return await saveMachine(machine, settings);
  });
}
