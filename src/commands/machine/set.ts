import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { changeSettings, requireChangeable, type Settings } from '../../machine/settings.ts';
import { formatVolume, parseVolumes } from '../../machine/volumes.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext, resourceOptions, type ResourceOptions } from './context.ts';
import { addFlag } from './flag.ts';

interface Options extends ResourceOptions {
  readonly rootful?: boolean;
  readonly dockerContext?: boolean;
  readonly dryRun?: boolean;
}

export const registerSet: RegisterCommand = (group, { terminal }) => {
  const command = group
    .command('set')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('change a stopped machine; takes effect at the next start');
  for (const option of resourceOptions()) command.addOption(option);
  addFlag(
    command,
    'rootful',
    "use root by default: ssh, cp, the API socket, podman's connection (--rootful=false: the machine's user)",
  );
  addFlag(command, 'docker-context', "keep a docker context of the machine's name");
  command
    .option('--dry-run', 'say what would be changed')
    .addHelpText(
      'after',
      examples(
        ['podbsd machine set --cpus 4 --memory 8192 work', 'Give the machine work more'],
        ['podbsd machine set -v ~/src:/src -v ~/data:/data:ro work', 'Replace its folders'],
      ),
    )
    .action(async (name: string, options: Options) => {
      const { places } = machineContext();
      const machine = await findMachine({ places }, name);
      const settings = settingsOf(options, machine.record.user);
      if (Object.keys(settings).length === 0)
        throw new PodbsdError({
          doing: `changing ${name}`,
          problem: 'no setting to change was given',
          remedy: 'podbsd machine set --help',
          exitCode: ExitCode.usage,
        });
      if (options.dryRun === true) {
        await requireChangeable(machine, settings);
        for (const [key, value] of Object.entries(settings))
          terminal.out(`would set ${key}: ${shown(value)}`);
      } else await changeSettings(places, name, settings);
    });
};

function settingsOf(options: Options, user: string): Settings {
  const { cpus, memory, diskSize, volume, network } = options;
  return {
    ...(cpus === undefined ? {} : { cpus }),
    ...(memory === undefined ? {} : { memoryMiB: memory }),
    ...(diskSize === undefined ? {} : { diskGiB: diskSize }),
    ...(volume === undefined ? {} : { volumes: parseVolumes(volume, user) }),
    ...(network === undefined ? {} : { network }),
    ...(options.rootful === undefined ? {} : { rootful: options.rootful }),
    ...(options.dockerContext === undefined ? {} : { dockerContext: options.dockerContext }),
  };
}

function shown(value: Settings[keyof Settings]): string {
  return Array.isArray(value) ? value.map(formatVolume).join(' ') || 'none' : String(value);
}
