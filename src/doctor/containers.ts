import { compareVersions } from '../ground/versions.ts';
import { ask, confirms } from '../host/ask.ts';
import type { Host } from '../host/host.ts';
import type { AgentStatus } from './agent-status.ts';
import { ok, problem, warning, type Check, type Verdict } from './check.ts';

/** Older ones leak their umask: files of images that they build are readable by root alone. */
const oldestOcijail = '0.6.0';

/** What containers need to behave as on Linux; docs/containers.md says more. */
export function containerChecks(host: Host, agent: () => Promise<AgentStatus>): Check[] {
  return [
    { id: 'guest.health', title: 'health checks', look: async () => judgeHealth(await agent()) },
    { id: 'guest.names', title: 'names of containers', look: () => judgeNames(host) },
    { id: 'guest.pods', title: 'pods', look: () => judgePods(host) },
    { id: 'guest.ocijail', title: 'ocijail', look: () => judgeOcijail(host) },
    { id: 'guest.stats', title: 'figures of containers', look: () => judgeStats(host) },
    { id: 'guest.limits', title: 'limits of containers', look: async () => limits },
    { id: 'guest.processors', title: 'processors', look: () => judgeProcessors(host) },
  ];
}

/** Nothing can be done about it in the guest. */
const limits = ok(
  'podman drops --memory, --cpus and --pids-limit on FreeBSD; podman machine set --memory and --cpus limit the machine',
);

function judgeHealth({ health }: AgentStatus): Verdict {
  if (health === null || health === undefined)
    return problem('not running: containers stay "starting"', 'sudo service podbsd_health start');
  const { length } = health.watched;
  return ok(length === 0 ? 'no running container has one' : `${length} containers are watched`);
}

async function judgeNames(host: Host): Promise<Verdict> {
  const folders = ['/usr/local/libexec', '/usr/libexec', '/usr/local/lib', '/usr/lib'].map(
    (path) => `${path}/cni`,
  );
  const [first] = await present(
    host,
    [...folders, '/opt/cni/bin'].map((folder) => `${folder}/dnsname`),
  );
  if (first === undefined)
    return warning(
      'there is no plugin dnsname, so containers do not find each other',
      'sudo pkg install podbsd-guest',
    );
  return (await present(host, ['/usr/local/sbin/dnsmasq'])).length > 0
    ? ok(first)
    : problem('dnsmasq is not installed', 'sudo pkg install dnsmasq');
}

/** The port's podman makes the infra container without an overlay, which FreeBSD lacks; it needs catatonit. */
async function judgePods(host: Host): Promise<Verdict> {
  if ((await present(host, ['/usr/local/libexec/podman/catatonit'])).length === 0)
    return problem('catatonit is not installed: pods and --init fail', 'sudo pkg install catatonit');
  return (await confirms(host, ['pkg', 'info', '-e', 'podman']))
    ? ok("podman of FreeBSD's packages, with catatonit")
    : warning(
        "podman is not from FreeBSD's packages: where podman pod create fails with an error that names overlay, it lacks their patch",
        'set infra_image and infra_command in [engine] of /usr/local/etc/containers/containers.conf',
      );
}

async function judgeOcijail(host: Host): Promise<Verdict> {
  const version = await ask(host, ['pkg', 'query', '%v', 'ocijail']);
  if (version === undefined || version === '')
    return warning(
      'not installed from a package: its version is unknown',
      `it should be ${oldestOcijail} or newer`,
    );
  return compareVersions(version, oldestOcijail) < 0
    ? warning(
        `${version} is older than ${oldestOcijail}: files of images that are built can be read by root alone`,
        'sudo pkg upgrade ocijail',
      )
    : ok(version);
}

async function judgeStats(host: Host): Promise<Verdict> {
  return (await ask(host, ['sysctl', '-n', 'kern.racct.enable'])) === '1'
    ? ok('counted by rctl')
    : warning(
        'not counted: podman stats fails',
        `echo 'kern.racct.enable="1"' | sudo tee -a /boot/loader.conf.local, then restart the machine`,
      );
}

async function judgeProcessors(host: Host): Promise<Verdict> {
  const count = Number((await ask(host, ['sysctl', '-n', 'hw.ncpu'])) ?? '');
  return count === 1
    ? warning(
        'only one: podman exec loses what is printed first',
        'podman machine set --cpus 2 while it is stopped',
      )
    : ok(String(count));
}

async function present(host: Host, paths: readonly string[]): Promise<string[]> {
  const there = await Promise.all(paths.map((path) => confirms(host, ['test', '-x', path])));
  return paths.filter((_, index) => there[index]);
}
