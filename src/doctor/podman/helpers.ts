import { dropInForm, formOf, HELPER_VARIABLE } from '../../podman/drop-in.ts';
import { outdated, setUp, undo } from '../../podman/setup.ts';
import { standInsOf } from '../../podman/stand-ins-of.ts';
import { setupPaths } from '../../podman/user-folders.ts';
import { usesVirtiofs } from '../../podman/version.ts';
import { ok, problem, skipped, warning, type CheckRow, type Verdict } from '../check.ts';
import type { PodmanFacts } from './facts.ts';

/** The programs that stand in for podman's own, and the drop-in that leads podman to them. */
export const helpersCheck: CheckRow<PodmanFacts> = {
  id: 'host.helpers',
  title: "podbsd's helpers",
  look: judgeHelpers,
  setUp: async ({ host, folders, found }) => await setUp(host, folders, found),
  undo: async ({ host, folders }) => await undo(host, folders),
};

/** Files of podman's configuration that keep podman from the helpers. */
export const configurationCheck: CheckRow<PodmanFacts> = {
  id: 'host.configuration',
  title: "podman's configuration",
  look: ({ found, folders }) => {
    const { engine, podman } = found;
    const { dropIn } = setupPaths(folders);
    const form = dropInForm(podman?.version);
    const [taking, ...others] = engine.overriding[form];
    if (form === 'env' && engine.earlier !== undefined)
      return problem(
        `${engine.earlier} sets ${HELPER_VARIABLE}, and podman takes the first: podbsd's helpers are not found`,
        `remove ${HELPER_VARIABLE} from ${engine.earlier}`,
      );
    if (taking !== undefined)
      return problem(
        form === 'env'
          ? `${[taking, ...others].join(' and ')} sets env with append = false after ${dropIn}: podbsd's helpers are not found`
          : `${[taking, ...others].join(' and ')} sets helper_binaries_dir after ${dropIn}: podbsd's helpers are not found`,
        form === 'env'
          ? `write {append = true} there, or give ${taking} a name that sorts before 99-podbsd.conf`
          : `give ${taking} a name that sorts before 99-podbsd.conf, then run podbsd setup-podman`,
      );
    const [unread] = engine.problems;
    if (unread !== undefined)
      return warning(
        `podbsd cannot read ${unread}; where podman can, programs in folders that the file names are not found`,
        'fix that file',
      );
    return ok("nothing in it keeps podman from podbsd's helpers");
  },
};

/** Variables that keep podman from what podbsd has set up. */
export const environmentCheck: CheckRow<PodmanFacts> = {
  id: 'host.environment',
  title: 'environment',
  look: ({ env, folders, found }) => {
    const named = env[HELPER_VARIABLE];
    const usesVariable = dropInForm(found.podman?.version) === 'env';
    // Even an empty variable counts as set.
    const hiding =
      named !== undefined && named !== setupPaths(folders).helpers && (usesVariable || named !== '')
        ? [HELPER_VARIABLE]
        : [];
    const files = ['CONTAINERS_CONF', 'CONTAINERS_CONF_OVERRIDE'].filter((name) => (env[name] ?? '') !== '');
    const findings = [
      ...hiding.map((name) => `${name} is set, so podman does not look into podbsd's folder first`),
      ...files.map((name) => `${name} is set: the file that it names may hide podbsd's drop-in from podman`),
    ];
    if (findings.length === 0) return ok("nothing that podman would take instead of podbsd's settings");
    return warning(findings.join('; '), `unset ${[...hiding, ...files].join(' ')}`);
  },
};

async function judgeHelpers({ host, found, folders }: PodmanFacts): Promise<Verdict> {
  if (process.getuid?.() === 0)
    return skipped('podman refuses to run machines for root; run podbsd doctor as the user who will');
  const version = found.podman?.version;
  if (found.podman === undefined) return skipped('podman is not installed');
  const { dropIn, helpers } = setupPaths(folders);
  const form = formOf(await host.readText(dropIn));
  const without = standInsOf(found.system)?.without;
  if (form === undefined || (await host.stat(helpers)) === undefined) {
    if (without !== undefined) return problem(without, 'podbsd setup-podman');
    return usesVirtiofs(version)
      ? problem('not set up: FreeBSD machines get no folders of this host', 'podbsd setup-podman')
      : warning('not set up: consoles of machines are not kept', 'podbsd setup-podman');
  }
  if (form !== dropInForm(version))
    return problem(
      form === 'env'
        ? `${dropIn} is written for podman 4.8 or later; ${version?.text ?? 'this podman'} ignores it`
        : `${dropIn} is written for podman before 4.8 and hides folders that ${version?.text ?? 'this podman'} has built in`,
      'podbsd setup-podman',
    );
  const old = await outdated(host, folders, found);
  if (old.length > 0)
    return problem(
      `not as this podbsd and podman's configuration want it: ${old.join(', ')}`,
      'podbsd setup-podman',
    );
  return ok(helpers);
}
