import { availableParallelism, tmpdir } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { findImage, noImageGiven } from '../../images/find-image.ts';
import { isTimeZone, localTimeZone } from '../../ground/time-zone.ts';
import { requireAll } from '../../ground/lack/lack.ts';
import { createMachine, unfinishedMachine, type NewMachine } from '../../machine/create.ts';
import { initLacks } from '../../machine/lacks.ts';
import { checkMachineName, DEFAULT_MACHINE } from '../../machine/names.ts';
import { machinePaths } from '../../machine/paths.ts';
import { providerNames, type ProviderName } from '../../machine/provider/names.ts';
import { defaultProvider, providerOf } from '../../machine/provider/providers.ts';
import { DEFAULT_USER, defaultVolumes, formatVolume, parseVolumes } from '../../machine/volumes.ts';
import type { Terminal } from '../../ground/terminal.ts';
import { hostArchitecture } from '../../vm/architecture.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { machineContext, resourceOptions, type ResourceDefaults, type ResourceOptions } from './context.ts';
import { showSteps } from '../steps.ts';
import { addFlag } from './flag.ts';
import { showStart, START_LIMIT } from './show-start.ts';
import { storedImage } from './stored-image.ts';

/** The word for the time zone of this host; podman's. */
const LOCAL = 'local';

interface Options extends ResourceOptions {
  readonly image?: string;
  readonly imagePath?: string;
  readonly release?: string;
  readonly update?: boolean;
  readonly provider?: ProviderName;
  readonly username: string;
  readonly rootful?: boolean;
  readonly timezone: string;
  readonly now?: boolean;
  readonly tlsVerify?: boolean;
  readonly dockerContext?: boolean;
  readonly dryRun?: boolean;
}

/** With one processor `podman exec` loses what is printed first (podman issue 25855). */
const LEAST_CPUS = 2;
/** podman's own defaults. */
const MEMORY_MIB = 2048;
const DISK_GIB = 100;
const defaults: ResourceDefaults = {
  cpus: `half of this host's, at least ${LEAST_CPUS}`,
  memory: `${MEMORY_MIB}`,
  diskSize: `${DISK_GIB}`,
  volume: 'your home folder; on macOS /Users, /private and /var/folders',
  network: 'auto',
};

export const registerInit: RegisterCommand = (group, context) => {
  const { terminal, signal } = context;
  const command = group
    .command('init')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('make a machine')
    .option(
      '--image <image>',
      'disk image file, folder of build-image, OCI layout, or docker://NAME:TAG (default: the newest of podbsd image list)',
    )
    .option('--release <release>', 'without --image: the newest image of this release of FreeBSD, e.g. 15.1')
    .option('--update', 'with --now: an image that is made has the newest patches of FreeBSD');
  for (const option of resourceOptions(defaults)) command.addOption(option);
  command.addOption(new Option('--image-path <image>', "podman 4's word for --image").hideHelp());
  command.addOption(
    new Option(
      '--provider <name>',
      'what runs the machine (default: bhyve on FreeBSD/amd64, else QEMU)',
    ).choices(providerNames),
  );
  addFlag(command, 'rootful', "use root by default: ssh, cp, the API socket, podman's connection");
  addFlag(command, 'docker-context', "keep a docker context of the machine's name");
  addFlag(
    command,
    'tls-verify',
    "a registry's certificate must be valid (default; --tls-verify=false: need not)",
  );
  command
    .option('--username <name>', "the machine's user", userName, DEFAULT_USER)
    .option(
      '--timezone <zone>',
      'time zone of the guest, e.g. Europe/Berlin; local: that of this host',
      timezone,
      LOCAL,
    )
    .option('--now', 'start the machine at once; without any image one is made first')
    .option('--dry-run', 'say what would be made')
    .addHelpText(
      'after',
      examples(
        ['podbsd machine init --now', 'From nothing to a running FreeBSD machine'],
        ['podbsd machine init --image out --now', 'A machine of the image that build-image left in out'],
        ['podbsd machine init --image freebsd.qcow2.zst --cpus 4 --memory 8192 big', 'One more, larger'],
        ['podbsd machine init --image out -v ~/src:/src -v ~/data:/data:ro work', 'With two folders'],
      ),
    )
    .action(async (name: string, options: Options) => {
      const machine = machineContext();
      const { places } = machine;
      const start = async (): Promise<void> =>
        await showStart(machine, context, name, { timeout: START_LIMIT, quiet: false, makeDefault: false });
      const given = (options.image ?? options.imagePath) || undefined;
      const dryRun = options.dryRun === true;
      const now = options.now === true;
      // Before an image is made for minutes: is the name free, or was this command interrupted?
      const begun = await unfinishedMachine(places, newMachine(name, given ?? '', options), given);
      if (begun && now && !dryRun) {
        terminal.err(`Machine ${name} is made already; its start was interrupted and goes on.`);
        await start();
        return;
      }
      const lacks = async (): Promise<void> => {
        const { provider, network, volumes } = newMachine(name, '', options);
        requireAll(
          `making the machine ${name}`,
          await initLacks(places, { provider, network, volumes, image: given }),
        );
      };
      // Making an image takes minutes: what the machine lacks is said before.
      if (given === undefined && !dryRun) await lacks();
      const { release, update } = options;
      const image = given ?? (await storedImage({ release, update, make: now, dryRun }, context));
      if (image === undefined) throw noImageGiven();
      const wanted = newMachine(name, image, options);
      if (dryRun) {
        showPlan(terminal, wanted, machinePaths(places, checkMachineName(name)).folder);
        await lacks();
        if (given?.startsWith('docker://') === false) await findImage(given, localImage);
        return;
      }
      const steps = showSteps(terminal);
      const onStep = (text: string, percent?: number): void =>
        steps.progress({ text, ...(percent === undefined ? {} : { done: percent, total: 100 }) });
      await createMachine(places, wanted, { signal, onStep, startsNow: now }).finally(() => steps.end());
      if (now) await start();
      else terminal.err(`Machine ${name} made. To start it: podbsd machine start ${name}`);
    });
};

/** A dry run fetches nothing: what is said here of fetching is never used. */
const localImage = {
  scratch: tmpdir(),
  architecture: hostArchitecture() ?? 'amd64',
  tlsVerify: true,
} as const;

/** As pw(8) accepts it; root has its own account in every guest. */
function userName(text: string): string {
  if (/^[a-z_][a-z0-9_.-]{0,31}$/i.test(text) && text !== 'root') return text;
  throw new InvalidArgumentError('expected a name of letters, digits and _.-, and not root');
}

/** A name below /usr/share/zoneinfo. */
function timezone(text: string): string {
  if (text === LOCAL) return text;
  if (/^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+)*$/.test(text) && isTimeZone(text)) return text;
  throw new InvalidArgumentError('there is no time zone of this name; expected one like Europe/Berlin');
}

function newMachine(name: string, image: string, options: Options): NewMachine {
  return {
    name,
    image,
    cpus: options.cpus ?? Math.max(LEAST_CPUS, Math.floor(availableParallelism() / 2)),
    memoryMiB: options.memory ?? MEMORY_MIB,
    diskGiB: options.diskSize ?? DISK_GIB,
    user: options.username,
    rootful: options.rootful === true,
    timezone: options.timezone === LOCAL ? localTimeZone() : options.timezone,
    volumes:
      options.volume === undefined
        ? defaultVolumes(options.username)
        : parseVolumes(options.volume, options.username),
    network: options.network ?? 'auto',
    provider: options.provider ?? defaultProvider(),
    dockerContext: options.dockerContext === true,
    tlsVerify: options.tlsVerify !== false,
  };
}

function showPlan(terminal: Terminal, wanted: NewMachine, folder: string): void {
  terminal.out(`would make ${folder}`);
  terminal.out(`image     ${wanted.image}`);
  terminal.out(
    `machine   ${providerOf(wanted.provider).title}, ${wanted.cpus} CPUs, ${wanted.memoryMiB} MiB memory, ${wanted.diskGiB} GiB disk`,
  );
  terminal.out(`user      ${wanted.user}, time zone ${wanted.timezone}`);
  for (const volume of wanted.volumes) terminal.out(`volume    ${formatVolume(volume)}`);
}
