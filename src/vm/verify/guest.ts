import { setTimeout as sleep } from 'node:timers/promises';
import type { Argv } from '../../host/host.ts';
import type { SshHost } from '../../host/ssh.ts';
import type { KeyPair } from '../keys.ts';
import type { Volume, VolumeMethod } from '../podman-commands.ts';
import type { RunningMachine, StartOptions } from '../running-machine.ts';
import type { ThrowawayMachine } from '../throwaway-machine.ts';

/** A volume whose folder on the host we may write to. */
export interface SharedVolume extends Volume {
  readonly source: string;
}

/** Milliseconds to wait for a login to close. */
const CLOSE_TIMEOUT = 5_000;

/** What the Ignition config and podman's commands ask of the guest. */
export interface GuestContract {
  readonly user: string;
  readonly uid: number;
  readonly key: KeyPair;
  /** A name below /usr/share/zoneinfo; undefined when the config names none. */
  readonly timezone: string | undefined;
  readonly method: VolumeMethod;
  readonly volumes: readonly SharedVolume[];
}

/** How long the guest may take; milliseconds. */
export interface Patience {
  readonly readyMs: number;
  readonly powerOffMs: number;
  /** For each check of what runs in the guest, where a command or a mount may hang. Default: 120 s. */
  readonly answerMs?: number;
}

/** The machine being checked, with the logins that the checks share. */
export class Guest {
  readonly machine: ThrowawayMachine;
  readonly contract: GuestContract;
  readonly patience: Patience;
  readonly #signal: AbortSignal | undefined;
  readonly #logins = new Map<string, Promise<SshHost>>();
  #running: RunningMachine | undefined;

  constructor(machine: ThrowawayMachine, contract: GuestContract, patience: Patience, signal?: AbortSignal) {
    this.machine = machine;
    this.contract = contract;
    this.patience = patience;
    this.#signal = signal;
  }

  get running(): RunningMachine {
    if (this.#running === undefined) throw new Error('the machine was not started');
    return this.#running;
  }

  async start(): Promise<void> {
    const signal = this.#signal;
    const options: StartOptions = {
      readyTimeoutMs: this.patience.readyMs,
      ...(signal === undefined ? {} : { signal }),
    };
    this.#running = await this.machine.start(options);
  }

  /** One connection for each user, made at first use. */
  async as(user: string): Promise<SshHost> {
    const open = this.#logins.get(user) ?? this.machine.login(user, this.contract.key);
    this.#logins.set(user, open);
    return await open;
  }

  /** Runs a command as the machine's user and returns what it printed, without the last newline. */
  async run(argv: Argv): Promise<string> {
    const ssh = await this.as(this.contract.user);
    return (await ssh.run(argv)).stdout.trimEnd();
  }

  /** Closes the connections because the guest is going down. Does not wait long for one that hangs. */
  async closeLogins(): Promise<void> {
    const open = [...this.#logins.values()];
    this.#logins.clear();
    const closed = open.map((login) => login.then((ssh) => ssh.close()).catch(() => undefined));
    await Promise.race([Promise.all(closed), sleep(CLOSE_TIMEOUT, undefined, { ref: false })]);
  }
}
