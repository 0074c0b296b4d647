import { duration } from '../../ground/duration.ts';
import { formatSize } from '../../ground/sizes.ts';
import { imageBytes, imageStore, listImages, type StoredImage } from '../../images/store.ts';
import { machinePlaces } from '../../machine/places.ts';
import { listMachines } from '../../machine/record.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { notice } from '../notice.ts';
import { aligned } from '../machine/template.ts';

export const registerList: RegisterCommand = (group, { terminal }) => {
  group
    .command('list')
    .alias('ls')
    .description('show all images, the newest first')
    .option('-q, --quiet', 'print the names alone')
    .option('--json', 'print as JSON')
    .addHelpText('after', examples(['podbsd image list --json', 'For a script']))
    .action(async ({ quiet, json }: { quiet?: boolean; json?: boolean }) => {
      const onDamaged = ({ message }: Error): void => notice(terminal, message);
      const images = await listImages(imageStore(), onDamaged);
      const entries = await Promise.all(images.map(entryOf));
      if (json === true) terminal.out(JSON.stringify(entries, undefined, 2));
      else if (quiet === true) for (const { name } of entries) terminal.out(name);
      else for (const line of table(entries)) terminal.out(line);
    });
};

async function entryOf(image: StoredImage) {
  const { name, dir, manifest, made } = image;
  const podman = manifest.packages.find((one) => one.name === 'podman');
  return {
    name,
    freebsd: manifest.freebsd?.version ?? null,
    architecture: manifest.architecture,
    podman: podman?.version ?? null,
    made: made.toISOString(),
    bytes: imageBytes(image),
    files: manifest.files,
    podbsd: manifest.podbsd,
    dir,
    machines: await machinesOf(image),
  };
}
type Entry = Awaited<ReturnType<typeof entryOf>>;

/** podbsd's machines that were made of an image: the record of each names its image. */
async function machinesOf({ dir }: StoredImage): Promise<string[]> {
  const machines = await listMachines(machinePlaces(), () => undefined);
  return machines
    .filter(({ record }) => record.image.endsWith(` from ${dir}`))
    .map(({ record }) => record.name);
}

const headings = ['NAME', 'FREEBSD', 'ARCH', 'PODMAN', 'AGE', 'SIZE', 'MACHINES'];

function table(entries: readonly Entry[]): string[] {
  const rows = entries.map(({ name, freebsd, architecture, podman, made, bytes, machines }) => [
    ...[name, freebsd ?? 'unknown', architecture, podman ?? 'unknown'],
    duration(Math.max(0, (Date.now() - Date.parse(made)) / 1000)),
    ...[formatSize(bytes), machines.join(', ')],
  ]);
  return aligned([headings, ...rows].map((cells) => cells.join('\t')));
}
