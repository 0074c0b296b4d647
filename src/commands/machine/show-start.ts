import { duration } from '../../ground/duration.ts';
import { apiAddress } from '../../machine/api-forward.ts';
import { phases, type Phase } from '../../machine/boot-watch.ts';
import { registerMachine } from '../../machine/connections.ts';
import { startMachine } from '../../machine/start.ts';
import type { CommandContext } from '../command.ts';
import type { MachineContext } from './context.ts';
import { notice } from '../notice.ts';

/** Seconds for a start: the first one makes keys and grows file systems, and emulation is slow. */
export const START_LIMIT = 600;

export interface ShowStartOptions {
  /** Seconds. */
  readonly timeout: number;
  readonly quiet: boolean;
  /** How to go on once it runs. Default: yes. */
  readonly info?: boolean;
  readonly makeDefault: boolean;
}

/** Starts a machine, shows how far it is, and tells podman about it. */
export async function showStart(
  { places }: MachineContext,
  { terminal, signal }: CommandContext,
  name: string,
  { timeout, quiet, info = true, makeDefault }: ShowStartOptions,
): Promise<void> {
  const began = performance.now();
  const onPhase = (phase: Phase): void => {
    const seconds = duration((performance.now() - began) / 1000);
    if (!quiet)
      terminal.err(`${phase.padEnd(12)} ${terminal.paint('dim', `${phases[phase]} (${seconds})`, 'err')}`);
  };
  const env = process.env;
  const { machine, wasRunning } = await startMachine(places, name, {
    limitMs: timeout * 1000,
    onPhase,
    env,
    signal,
  });
  const onNotice = (text: string): void => notice(terminal, text);
  const registered = await registerMachine(places, name, {
    makeDefault,
    path: env['PATH'] ?? '',
    onNotice,
  });
  if (quiet) return;
  terminal.err(wasRunning ? `${name} was running already.` : `Machine ${name} started.`);
  if (!info) return;
  const connections = registered.record.registered?.connections ?? [];
  if (connections.length > 0)
    terminal.err(
      `With podman:  podman --connection ${connections[0] ?? name} ${firstWords(machine.record.image)}`,
    );
  terminal.err(`With others:  export DOCKER_HOST=${apiAddress(machine)}`);
}

/** A FreeBSD container of the guest's own release, where that is known: only its binaries are certain to run. */
function firstWords(image: string): string {
  const [, release] = /FreeBSD (\d+\.\d+)-RELEASE/.exec(image) ?? [];
  return release === undefined ? 'info' : `run --rm docker.io/freebsd/freebsd-runtime:${release} uname -a`;
}
