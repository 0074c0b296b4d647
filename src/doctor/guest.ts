import type { Argv, Host } from '../host/host.ts';
import { ask } from '../host/ask.ts';
import { ok, problem, skipped, warning, type Check, type Verdict } from './check.ts';
import { containerChecks } from './containers.ts';
import { judgeKernel } from './freebsd-host.ts';
import { readAgentStatus, type AgentStatus } from './agent-status.ts';
import { judgeSpace } from './space.ts';

/** A running machine: its host as SSH shows it, and the API through one of its sockets. */
export interface Guest {
  readonly host: Host;
  /** The user that is logged in. */
  readonly user: string;
  /** Asks podman's API at a socket of the guest; answers the API's version and throws when it does not answer. */
  ping(socket: string): Promise<string | undefined>;
}

/** Seconds by which clocks may differ before TLS and make(1) suffer. */
const CLOCK = { warning: 5, problem: 60 } as const;
/** GiB. */
const SPACE = { needed: 0.5, scarce: 2 } as const;

/** What a running machine is expected to have. */
export function guestChecks(guest: Guest): Check[] {
  const { host } = guest;
  let status: Promise<AgentStatus> | undefined;
  const agent = (): Promise<AgentStatus> => (status ??= readAgentStatus(host));
  return [
    { id: 'guest.agent', title: 'guest agent', look: async () => judgeAgent(await agent()) },
    { id: 'guest.kernel', title: 'kernel and base system', look: () => judgeKernel(host) },
    { id: 'guest.podman', title: 'podman in the guest', look: () => judgeGuestPodman(host) },
    { id: 'guest.p9fs', title: '9P file system', look: () => judgeDriver(host) },
    { id: 'guest.shares', title: 'shares', look: async () => judgeShares(host, await agent()) },
    ...socketChecks(guest),
    { id: 'guest.pf', title: 'packet filter', look: () => judgePf(guest) },
    { id: 'guest.clock', title: 'clock', look: () => judgeClock(host) },
    ...containerChecks(host, agent),
    ...['/', '/var/db/containers'].map((path) => spaceCheck(host, path)),
  ];
}

function judgeAgent({ provisioning, ready }: AgentStatus): Verdict {
  if (provisioning === null)
    return problem('the machine has not been provisioned', 'sudo service podbsd_provision start');
  const { ok: succeeded, done, failures, time } = provisioning;
  if (!succeeded) return problem(`provisioning failed: ${failures.join('; ')}`, 'sudo podbsd-agent status');
  if (ready === null)
    return warning('podman has not been told that the machine is ready', 'sudo service podbsd_ready start');
  if (ready !== 'Ready') return problem(`podman was told: ${ready}`, 'sudo podbsd-agent status');
  return ok(`${done} steps done at ${time}; podman was told: ${ready}`);
}

/** podman 6 has no network for containers on FreeBSD. */
async function judgeGuestPodman(host: Host): Promise<Verdict> {
  const version = /(\d+)\.\d+\.\d+\S*/.exec((await ask(host, ['podman', '--version'])) ?? '');
  if (version === null) return problem('not installed', 'sudo pkg install podman');
  return Number(version[1]) < 6
    ? ok(version[0])
    : problem(
        `${version[0]}: from version 6 on podman has no network for containers on FreeBSD`,
        'sudo bectl activate OLD (an environment of bectl list), then restart',
      );
}

async function judgeDriver(host: Host): Promise<Verdict> {
  const modules = await ask(host, ['kldstat', '-v']);
  return modules?.includes('virtio_p9fs') === true
    ? ok('virtio_p9fs is loaded')
    : warning('virtio_p9fs is not loaded: no folder of the host can be shared', 'sudo kldload virtio_p9fs');
}

/** Tags that the host offers, against what is mounted. */
async function judgeShares(host: Host, { shares }: AgentStatus): Promise<Verdict> {
  const listing = (await ask(host, ['sysctl', 'dev.virtio_p9fs'])) ?? '';
  const tags = [...listing.matchAll(/^dev\.virtio_p9fs\.\d+\.p9fs_mount_tag: (.*)$/gm)].map(
    (match) => match[1] ?? '',
  );
  if (tags.length === 0 && shares.length === 0) return skipped('the host offers none');
  const unmounted = tags.filter((tag) => !shares.some((share) => share.tag === tag));
  if (unmounted.length > 0)
    return problem(
      `offered by the host and not mounted: ${unmounted.join(', ')}`,
      'podman machine stop, then podman machine start',
    );
  return ok(shares.map(({ target, readOnly }) => `${target}${readOnly ? ' (read-only)' : ''}`).join(', '));
}

function socketChecks(guest: Guest): Check[] {
  const check = (id: string, title: string, socket: () => Promise<string>): Check => ({
    id,
    title,
    look: async () => {
      const path = await socket();
      try {
        return ok([path, await guest.ping(path)].filter((part) => part !== undefined).join(', '));
      } catch {
        return problem(`the API does not answer at ${path}`, 'sudo service podman_service restart');
      }
    },
  });
  const rootless = async (): Promise<string> =>
    `/run/user/${(await ask(guest.host, ['id', '-u'])) ?? ''}/podman/podman.sock`;
  return [
    check('guest.api', 'API socket', async () => '/run/podman/podman.sock'),
    // root has no rootless connection.
    ...(guest.user === 'root' ? [] : [check('guest.api-user', "API socket of the machine's user", rootless)]),
    check('guest.docker', 'Docker socket', async () => '/var/run/docker.sock'),
  ];
}

async function judgePf({ host, user }: Guest): Promise<Verdict> {
  const argv: Argv = user === 'root' ? ['pfctl', '-s', 'info'] : ['sudo', '-n', 'pfctl', '-s', 'info'];
  const info = await ask(host, argv);
  return info !== undefined && /^Status: Enabled/m.test(info)
    ? ok('enabled')
    : problem(
        'not enabled: containers reach no network and their ports cannot be published',
        'sudo service pf start',
      );
}

async function judgeClock(host: Host): Promise<Verdict> {
  const asked = Date.now();
  const clock = Number((await ask(host, ['date', '-u', '+%s'])) ?? '');
  // The guest read its clock at some moment between request and answer.
  const here = (asked + Date.now()) / 2000;
  const seconds = Math.round(Math.abs(clock - here));
  if (seconds <= CLOCK.warning) return ok('the same as on the host');
  const finding = `${seconds} s ${clock < here ? 'behind' : 'ahead of'} the host's`;
  const repair = 'sudo service ntpd restart';
  return seconds > CLOCK.problem ? problem(finding, repair) : warning(finding, repair);
}

function spaceCheck(host: Host, path: string): Check {
  return {
    id: `guest.space:${path}`,
    title: `disk space at ${path}`,
    look: async () => {
      const df = await ask(host, ['df', '-k', '-P', path]);
      return df === undefined
        ? problem(`there is no ${path}`, 'sudo service podbsd_storage start')
        : judgeSpace(df, { ...SPACE, repair: 'podman system prune, or podman machine set --disk-size GIB' });
    },
  };
}
