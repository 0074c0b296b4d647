import { describe, expect, it } from 'vitest';
import type { PoudriereEnv } from '../../../src/recipes/poudriere/env.ts';
import { stopOrphans } from '../../../src/recipes/poudriere/orphans.ts';
import { standaloneRun } from '../../../src/pipeline/stage-run.ts';
import { DryRunHost } from '../../../src/host/dry-run.ts';
import type { Argv, Host, RunResult } from '../../../src/host/host.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { buildPaths } from '../../../src/recipes/poudriere/paths.ts';

/** What `ps -axww -o pid=,ppid=,args=` says while two builds run, each seen through an SSH login of root's csh. */
const processes = `
    1     0 /sbin/init
  700     1 sshd: root@notty
  701   700 csh -c /bin/sh -c 'exec poudriere -e /var/podbsd/etc -N bulk -j podbsd -p podbsdports'
  702   701 /usr/local/libexec/poudriere/sh -e /usr/local/share/poudriere/bulk.sh -j podbsd -p podbsdports -O podbsdoverlay
  703   702 sh: poudriere[podbsd-podbsdports][01]: build_pkg (podman-5.7.1) (sh)
  800     1 /bin/sh -c mkdir /var/podbsd2/running/x; ( /bin/sh -c 'exec "$@"' /var/podbsd2/running/x poudriere -j podbsd )
  801   800 /usr/local/libexec/poudriere/sh -e /usr/local/share/poudriere/jail.sh -c -j podbsd2 -m http -v 15.1-RELEASE
  900     1 make -C /usr/src buildworld
  901     1 git -C /var/podbsd2/ports fetch --depth 1 https://git.FreeBSD.org/ports.git 2026Q4
`;

class Told extends LocalHost implements Host {
  readonly killed: string[] = [];

  override async run(argv: Argv): Promise<RunResult> {
    if (argv[0] === 'kill') this.killed.push(argv[2] ?? '');
    // Poudriere ends its builders before itself.
    const alive = processes.split('\n').filter((line) => {
      const [pid = '', parent = ''] = line.trim().split(/\s+/);
      return !this.killed.includes(pid) && !this.killed.includes(parent);
    });
    return { exitCode: 0, stdout: argv[0] === 'ps' ? alive.join('\n') : '', stderr: '' };
  }
}

async function stop(host: Host, build: { directory: string; dataset: string }): Promise<void> {
  const run = standaloneRun(host, () => undefined, new AbortController().signal);
  await stopOrphans({ host, paths: buildPaths(build) } as PoudriereEnv, run);
}

describe('stopOrphans', () => {
  it.each([
    [{ directory: '/var/podbsd', dataset: 'podbsd' }, ['702']],
    [{ directory: '/var/podbsd2', dataset: 'podbsd2' }, ['801', '901']],
    [{ directory: '/var/podbsd3', dataset: 'podbsd3' }, []],
  ])('ends the programs of %j and no other, and not the shells around them', async (build, pids) => {
    const host = new Told();
    await stop(host, build);
    expect(host.killed).toEqual(pids);
  });

  it('only prints in a dry run, and waits for nothing', async () => {
    const printed: string[] = [];
    const host = new Told();
    await stop(new DryRunHost((line) => printed.push(line), host), {
      directory: '/var/podbsd',
      dataset: 'podbsd',
    });
    expect([printed, host.killed]).toEqual([['kill -TERM 702', '# wait until they have ended'], []]);
  });
});
