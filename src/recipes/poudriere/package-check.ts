import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { parsePackageList } from './package-list.ts';
import { readPorts } from './build-status.ts';
import type { PackageFacts } from '../../disk/image-facts.ts';
import type { Outputs, StageRun } from '../../pipeline/stage.ts';
import type { BuildEnv } from './env.ts';
import { accepts, wrongPodman } from './ports.ts';

/**
 * Proves that every listed port has become a package: Poudriere counts ports that it ignores as success. Writes down
 * all packages with their versions for the manifest.
 * @param buildFolder the build's log folder.
 */
export async function checkPackages(env: BuildEnv, run: StageRun, buildFolder: string): Promise<Outputs> {
  const { host, paths } = env;
  const packages = await readRepository(env, run);
  const have = new Set(packages.map((item) => item.origin));
  const listed = parsePackageList((await host.readText(paths.packageList)) ?? '');
  const missing = listed.filter((origin) => !have.has(withoutFlavor(origin)));
  if (missing.length > 0) {
    const ignored = await readPorts(host, buildFolder, 'ignored');
    throw missingPackages(missing, ignored);
  }
  const podman = packages.find((item) => item.origin === 'sysutils/podman')?.version ?? '';
  if (!accepts(env.config.build.podman, podman)) throw wrongPodman(`has podman ${podman}`, env);
  await host.writeFile(paths.packageFacts, `${JSON.stringify(packages, null, 1)}\n`);
  return { podman, packages: String(packages.length) };
}

/** Asks each package file for its name; the file names alone do not tell name and version apart for certain. */
async function readRepository(env: BuildEnv, run: StageRun): Promise<readonly PackageFacts[]> {
  const folder = `${env.paths.packages}/.latest/All`;
  const files = ((await env.host.list(folder)) ?? []).filter((name) => name.endsWith('.pkg'));
  const found: PackageFacts[] = [];
  for (const file of files) {
    const { stdout } = await run.exec(['pkg', 'query', '-F', `${folder}/${file}`, '%o %n %v'], {
      readOnly: true,
    });
    const [origin, name = file, version = ''] = stdout.trim().split(' ');
    found.push({ name, version, origin });
  }
  return found;
}

function missingPackages(missing: readonly string[], ignored: readonly (readonly string[])[]): PodbsdError {
  const reasons = missing.map((origin) => {
    const line = ignored.find(
      ([name]) => name !== undefined && withoutFlavor(name) === withoutFlavor(origin),
    );
    return line === undefined
      ? `${origin}: no package was made`
      : `${origin}: ignored: ${line.slice(2).join(' ')}`;
  });
  return new PodbsdError({
    doing: 'checking the packages',
    problem: reasons.join('\n'),
    remedy: 'remove these ports from [build] packages, or choose another [build.ports] commit or branch',
    exitCode: ExitCode.portFailed,
  });
}

function withoutFlavor(origin: string): string {
  return origin.replace(/@.*/, '');
}
