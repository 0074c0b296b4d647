import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { parsePackageList } from '../shared/package-list.ts';
import { readPorts } from './build-status.ts';
import type { PackageFacts } from '../../disk/image-facts.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';
import { writePackageFacts, type Packages } from '../shared/package-facts.ts';
import { accepts } from '../shared/podman-version.ts';
import { unfitPorts } from './ports.ts';

/**
 * Proves that every listed port has become a package: Poudriere counts ports that it ignores as success. Writes down
 * all packages with their versions for the manifest.
 * @param buildFolder the build's log folder.
 */
export async function checkPackages(
  env: PoudriereEnv,
  run: StageRun,
  buildFolder: string,
): Promise<Packages> {
  const { host, paths } = env;
  const packages = await readRepository(env, run);
  const have = new Set(packages.map((item) => item.origin));
  const listed = parsePackageList((await host.readText(paths.packageList)) ?? '');
  const missing = listed.filter((origin) => !have.has(withoutFlavor(origin)));
  if (missing.length > 0) {
    const ignored = await readPorts(host, buildFolder, 'ignored');
    throw missingPackages(missing, ignored);
  }
  const found = await writePackageFacts(host, paths.packageFacts, packages);
  if (!accepts(env.config.build.podman, found.podman))
    throw unfitPorts(env.config.build, `has podman ${found.podman}`);
  return found;
}

/** Asks each package file for its name; the file names alone do not tell name and version apart for certain. */
async function readRepository(env: PoudriereEnv, run: StageRun): Promise<readonly PackageFacts[]> {
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
