import { InvalidArgumentError } from 'commander';
import { pullingPodmans } from '../podman/version.ts';
import { transferProgress } from '../pipeline/transfer-progress.ts';
import { examples, type RegisterCommand } from './command.ts';
import { showSteps } from './steps.ts';

interface Options {
  readonly out: string;
  readonly tag?: readonly string[];
  readonly podmanTags?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export const registerOci: RegisterCommand = (program, { terminal, signal }) => {
  program
    .command('oci <dir...>')
    .description('make an OCI layout of an export, for `podman machine init --image docker://...`')
    .requiredOption('--out <layout>', 'folder of the layout; must not exist yet')
    .option(
      '--tag <tag>',
      'name of the image in the layout; may be given several times (default: latest)',
      addTag,
    )
    .option(
      '--podman-tags',
      `also the names that podman looks for by itself: ${pullingPodmans.join(', ')}, latest`,
    )
    .option('--json', 'print the result as JSON')
    .option('--dry-run', 'say what would be in it')
    .addHelpText(
      'after',
      examples(
        ['podbsd oci out --out layout --tag 5.8', 'Make a layout of what `podbsd export` wrote into out'],
        [
          'podbsd oci out/amd64 out/arm64 --out layout --podman-tags',
          'One image for both architectures and every podman; each takes the one that fits',
        ],
        [
          'skopeo copy --all oci:layout:5.8 docker://registry.example.org/freebsd:5.8',
          'Push it (--all: it is an index)',
        ],
        [
          'podman machine init --image docker://registry.example.org/freebsd:5.8 freebsd',
          'Use it (podman 5 and later; from 6 on it finds its own tag where none is given)',
        ],
      ),
    )
    .action(async (dirs: string[], options: Options) => {
      const { expectPlace, writeLayout } = await import('../disk/oci/layout.ts');
      const { out: layout } = options;
      const tags = tagsOf(options);
      if (options.dryRun === true) {
        const { planLayout } = await import('../disk/oci/plan.ts');
        const planned = await planLayout(dirs);
        await expectPlace(layout);
        for (const { artifact } of planned) {
          const { diskType, title } = artifact;
          terminal.out(`would add ${title} for ${diskType}`);
        }
        terminal.out(`would name it ${tags.join(', ')}`);
        return;
      }
      const steps = showSteps(terminal);
      const onProgress = transferProgress(steps, 'hashing the disks');
      const result = await writeLayout({ dirs, layout, tags, signal, onProgress }).finally(() => steps.end());
      if (options.json === true) {
        terminal.out(JSON.stringify({ layout, tags, ...result }, undefined, 2));
        return;
      }
      for (const { diskType, title } of result.disks) terminal.out(`${diskType}: ${title}`);
      for (const tag of tags) terminal.out(`${layout}:${tag} ${result.digest}`);
    });
};

function tagsOf({ tag = [], podmanTags = false }: Options): string[] {
  const named = podmanTags ? [...tag, ...pullingPodmans, 'latest'] : tag;
  return [...new Set(named.length === 0 ? ['latest'] : named)];
}

/** As the distribution specification has it. */
function addTag(tag: string, before: readonly string[] = []): readonly string[] {
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(tag)) return [...before, tag];
  throw new InvalidArgumentError('a tag has letters, digits, and ._- (not first)');
}
