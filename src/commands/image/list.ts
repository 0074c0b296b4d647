import { age } from '../../ground/age.ts';
import { formatSize } from '../../ground/sizes.ts';
import { versionParts } from '../../images/freebsd-version.ts';
import { imageBytes, imageStore, listImages, type StoredImage } from '../../images/store.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { notice } from '../notice.ts';
import { aligned } from '../machine/template.ts';
import { machinesOf } from './machines-of.ts';

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
  const { release, patch } = versionParts(manifest.freebsd?.version);
  return {
    name,
    freebsd: manifest.freebsd?.version ?? null,
    release: release ?? null,
    patch: patch ?? null,
    architecture: manifest.architecture,
    podman: podman?.version ?? null,
    made: made.toISOString(),
    bytes: imageBytes(image),
    sha256: manifest.disk.sha256,
    files: manifest.files,
    origin: manifest.origin ?? null,
    podbsd: manifest.podbsd,
    dir,
    machines: await machinesOf(image),
  };
}
type Entry = Awaited<ReturnType<typeof entryOf>>;

const headings = [
  ...['NAME', 'RELEASE', 'PATCH', 'ARCH', 'PODMAN', 'AGE', 'SIZE', 'SHA256', 'FROM', 'MACHINES'],
];
/** Digits of a checksum in the table; --json has them all. */
const SHORT = 12;

function table(entries: readonly Entry[]): string[] {
  const rows = entries.map((entry) => [
    ...[entry.name, entry.release ?? entry.freebsd ?? 'unknown', patchText(entry.patch)],
    ...[entry.architecture, entry.podman ?? 'unknown'],
    age((Date.now() - Date.parse(entry.made)) / 1000),
    ...[formatSize(entry.bytes), entry.sha256.slice(0, SHORT), originText(entry), entry.machines.join(', ')],
  ]);
  return aligned([headings, ...rows].map((cells) => cells.join('\t')));
}

function patchText(patch: number | null): string {
  return patch === null ? '-' : `p${patch}`;
}

/** `bake of FreeBSD-15.1-...qcow2.xz`: the last part of a path is enough here. */
function originText({ origin }: Entry): string {
  return origin === null ? 'unknown' : `${origin.recipe} of ${origin.base.split('/').at(-1) ?? ''}`;
}
