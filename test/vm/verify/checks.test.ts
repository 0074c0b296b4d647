import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Argv } from '../../../src/host/host.ts';
import { runChecks, type CheckResult } from '../../../src/vm/verify/check.ts';
import { checksOfOneBoot, secondBoot } from '../../../src/vm/verify/checks.ts';
import type { SharedVolume } from '../../../src/vm/verify/guest.ts';
import { fakeGuest, goodAnswers, KEY, makeVolumes, type Answers } from './fake-guest.ts';

const uid = process.getuid?.() ?? 0;
const never = async (): Promise<void> => {
  throw new Error('not in time');
};

/** What is spoilt, and the one line in which the report must say so. */
const faults: readonly (readonly [id: string, spoil: (answers: Answers) => void])[] = [
  ['start', (answers) => (answers.start = never)],
  ['ready', (answers) => (answers.ready = never)],
  ['ssh-user', (answers) => answers.commands.set('core: whoami', 'root\n')],
  ['ssh-root', (answers) => answers.commands.set('root: id -u', '1000\n')],
  ['uid', (answers) => answers.commands.set('core: id -u', '4711\n')],
  ['keys', (answers) => answers.commands.set('root: cat .ssh/authorized_keys', `${KEY}\n${KEY}\n`)],
  ['sudo', (answers) => answers.commands.set('core: sudo -n id -u', undefined)],
  ['bash', (answers) => answers.commands.set('root: /usr/bin/bash', undefined)],
  [
    'volume-0-mounted',
    (answers) => answers.commands.set('core: df -P /srv/data', 'x\n/dev/da0 1 1 1 1% /\n'),
  ],
  ['volume-0-host-to-guest', (answers) => (answers.files.seen = false)],
  ['volume-0-guest-to-host', (answers) => (answers.files.written = false)],
  ['volume-1-mounted', (answers) => answers.commands.set('core: df -P /mnt/ro', undefined)],
  ['volume-1-ro-refused', (answers) => (answers.files.readOnly = false)],
  ['api-user', (answers) => answers.api.set(`/run/user/${uid}/podman/podman.sock`, undefined)],
  ['api-root', (answers) => answers.api.set('/run/podman/podman.sock', 'not podman')],
  ['docker-sock', (answers) => answers.api.set('/var/run/docker.sock', undefined)],
  [
    'timezone',
    (answers) => answers.commands.set('core: readlink /etc/localtime', '/usr/share/zoneinfo/UTC\n'),
  ],
  ['marker', (answers) => answers.commands.set('core: cat /etc/podman-machine', undefined)],
  ['power-off', (answers) => (answers.powerOff = never)],
];

describe('the checks', () => {
  let folder = '';
  let volumes: SharedVolume[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'checks-'));
    volumes = await makeVolumes(folder);
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  async function verify(spoil: (answers: Answers) => void): Promise<CheckResult[]> {
    const answers = goodAnswers(volumes);
    spoil(answers);
    return await runChecks(checksOfOneBoot(volumes), fakeGuest(folder, volumes, answers), () => undefined);
  }

  it('all pass on a guest that keeps the contract', async () => {
    const results = await verify(() => undefined);
    expect(results.filter((result) => result.state !== 'passed')).toEqual([]);
  });

  it.each(faults)('%s fails when it is not so, and no other line fails', async (id, spoil) => {
    const failed = (await verify(spoil)).filter((result) => result.state === 'failed');
    // What the host writes is looked for in both volumes.
    const expected = id === 'volume-0-host-to-guest' ? [id, 'volume-1-host-to-guest'] : [id];
    expect(failed.map((result) => result.id)).toEqual(expected);
    expect(failed[0]?.detail).toBeTruthy();
  });

  it('every check is spoilt above', () => {
    const ids = checksOfOneBoot(volumes).map((check) => check.id);
    expect(ids.filter((id) => id !== 'volume-1-host-to-guest')).toEqual(faults.map(([id]) => id));
  });

  it("a notice of podman's mount command counts as not mounted", async () => {
    const results = await verify((answers) => (answers.mountNotice = 'folders are not shared'));
    const mounted = results.filter((result) => result.id.endsWith('-mounted'));
    expect(mounted.map(({ state, detail }) => [state, detail])).toEqual([
      ['failed', 'folders are not shared'],
      ['failed', 'folders are not shared'],
    ]);
  });

  it('a guest that hangs has failed, and the checks go on', async () => {
    const answers = goodAnswers(volumes);
    const guest = fakeGuest(folder, volumes, answers);
    const run = guest.run.bind(guest);
    const hangs = new Promise<string>(() => undefined);
    // Short for the one that hangs: on a busy computer the others may need longer, too.
    const patience = { readyMs: 1, powerOffMs: 1, answerMs: 100_000 };
    const beforeSudo = 'keys';
    Object.assign(guest, {
      patience,
      run: async (argv: Argv) => (argv[0] === 'sudo' ? hangs : run(argv)),
    });
    const results = await runChecks(checksOfOneBoot(volumes), guest, ({ id }) => {
      patience.answerMs = id === beforeSudo ? 200 : 100_000;
    });
    const missed = results.filter((result) => result.state !== 'passed');
    expect(missed.map(({ id, detail }) => [id, detail])).toEqual([
      ['sudo', 'the guest has not answered for 0.2 s'],
    ]);
  });

  it('the second boot has the same checks and begins after the power-off of the first', () => {
    const once = checksOfOneBoot(volumes);
    const again = secondBoot(once);
    expect(again.map((check) => check.id)).toEqual(once.map((check) => `second-${check.id}`));
    expect(again[0]?.needs).toEqual(['power-off']);
  });
});
