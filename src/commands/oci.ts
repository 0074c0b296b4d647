import { InvalidArgumentError } from 'commander';
import { expectFree, planLayout, writeLayout } from '../disk/oci/layout.ts';
import { examples, type RegisterCommand } from './command.ts';

interface Options {
  readonly out: string;
  readonly tag: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export const registerOci: RegisterCommand = (program, { terminal, signal }) => {
  program
    .command('oci <dir...>')
    .description('make an OCI layout of an export, for `podman machine init --image docker://...`')
    .requiredOption('--out <layout>', 'folder of the layout; must not exist yet')
    .option('--tag <tag>', 'name of the image in the layout', parseTag, 'latest')
    .option('--json', 'print the result as JSON')
    .option('--dry-run', 'say what would be in it')
    .addHelpText(
      'after',
      examples(
        [
          'podbsd oci images --out layout --tag 5.8',
          'Make a layout of what `podbsd export` wrote into images',
        ],
        [
          'podbsd oci out/amd64 out/arm64 --out layout --tag 5.8',
          'One image for both architectures; podman takes the one that fits its host',
        ],
        [
          'skopeo copy --all oci:layout:5.8 docker://registry.example.org/freebsd:5.8',
          'Push it (--all: it is an index)',
        ],
        [
          'podman machine init --image docker://registry.example.org/freebsd:5.8 freebsd',
          'Use it (podman 5 and later; it needs a tag)',
        ],
      ),
    )
    .action(async (dirs: string[], options: Options) => {
      const { tag, out: layout } = options;
      if (options.dryRun === true) {
        const planned = await planLayout(dirs);
        await expectFree(layout);
        for (const { artifact } of planned) {
          const { diskType, title } = artifact;
          terminal.out(`would add ${title} for ${diskType}`);
        }
        return;
      }
      const result = await writeLayout({ dirs, layout, tag, signal });
      if (options.json === true) {
        terminal.out(JSON.stringify({ layout, tag, ...result }, undefined, 2));
        return;
      }
      for (const { diskType, title } of result.disks) terminal.out(`${diskType}: ${title}`);
      terminal.out(`${layout}:${tag} ${result.digest}`);
    });
};

/** As the distribution specification has it. */
function parseTag(tag: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag)) return tag;
  throw new InvalidArgumentError('A tag has letters, digits, and ._- (not first).');
}
