import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { FakePodman } from './fake-podman.ts';
import { gptDisk, installStandIns, partitionTypes } from './installed.ts';
import { type RecordedClient } from './recorded.ts';

const double = (name: string): string => join(import.meta.dirname, 'double', name);
type Argv = readonly [string, ...string[]];

interface Report {
  readonly pid: number;
  readonly argv?: readonly string[];
  readonly ignition?: string;
  readonly network?: string;
  readonly execute?: string;
}

/** The folder of each test. */
export let folder: string;

/** Makes it; for the surrounding `describe`. */
export function useFolder(): void {
  beforeEach(async () => {
    folder = await fs.realpath(await tempDir());
  });
}

/** A machine of podman with doubles for QEMU and gvproxy, unless real ones are named. */
export async function machine(
  client: RecordedClient,
  {
    guest = 'ready',
    tmp = join(folder, 'T'),
    gvproxy = ['perl', double('gvproxy.pl')] as Argv,
    path = '',
    realQemu = '',
  } = {},
): Promise<FakePodman> {
  const helpers = join(folder, 'helpers');
  await installStandIns(helpers);
  const qemu = join(folder, 'qemu', 'bin', 'qemu-system-x86_64');
  await fs.mkdir(join(folder, 'qemu', 'bin'), { recursive: true });
  const text = await fs.readFile(double('qemu.js'), 'utf8');
  await fs.writeFile(qemu, text.replace(/^#!.*/, `#!${process.execPath}`), { mode: 0o755 });
  await fs.writeFile(join(folder, 'qemu', 'package.json'), '{"type":"module"}');
  const podman = new FakePodman({
    client,
    home: join(folder, 'home'),
    tmp,
    helpers,
    gvproxy,
    env: {
      PATH: `${path}:${process.env['PATH'] ?? ''}`,
      PODBSD_QEMU: realQemu === '' ? qemu : realQemu,
      PODBSD_ACCEL: 'tcg',
      DOUBLE_REPORT: join(folder, 'report'),
      DOUBLE_GUEST: guest,
    },
  });
  onTestFinished(() => podman.close());
  const image = join(folder, 'image.raw');
  await fs.writeFile(image, gptDisk(partitionTypes.freebsdZfs));
  await podman.init(image);
  return podman;
}

/** What the doubles of this test have said. */
export async function reports(): Promise<Report[]> {
  const text = await fs.readFile(join(folder, 'report'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Report);
}

/** How QEMU was started last. */
export async function started(): Promise<Required<Pick<Report, 'pid' | 'argv' | 'ignition' | 'network'>>> {
  const found = (await reports()).filter((report) => report.argv !== undefined).at(-1);
  if (found === undefined) throw new Error('QEMU was not started');
  return found as Required<Report>;
}

/** Everything that belongs to a machine and is not podman's own. */
async function left(podman: FakePodman): Promise<string[]> {
  const known =
    /^(gvproxy\.log|krunkit-debug\.sh|tm-gvproxy\.sock|tm\.log|tm-ignition\.sock|tm-amd64\.raw|tm\.sock)$/;
  const files = await Promise.all([fs.readdir(podman.runtime), fs.readdir(podman.data)]);
  const processes = await Promise.all(
    (await reports()).map(async ({ pid }) => ((await lives(pid)) ? [`process ${pid}`] : [])),
  );
  return [...files.flat().filter((name) => !known.test(name)), ...processes.flat()];
}

export async function nothingIsLeft(podman: FakePodman): Promise<void> {
  await eventually(async () => {
    expect(await left(podman)).toEqual([]);
    expect(podman.gvproxyProcess?.exitCode ?? podman.gvproxyProcess?.signalCode).not.toBe(null);
  });
}

/** The letter of proc(5): `T` is stopped, `X` is gone. */
export async function processState(pid: number): Promise<string> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X');
  return /\) (\w)/.exec(stat)?.[1] ?? 'X';
}

/** False for a process that has ended, also while nobody has asked for its exit status. */
export async function lives(pid: number): Promise<boolean> {
  return !['X', 'Z'].includes(await processState(pid));
}
