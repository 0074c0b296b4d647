import type { Lack } from '../../ground/lack/lack.ts';
import type { Argv } from '../../host/host.ts';
import type { Architecture } from '../../vm/architecture.ts';
import type { Machine, MachineRecord } from '../record.ts';
import type { ProviderName } from './names.ts';

/** How a machine reaches the network from one start on: through gvproxy, or the provider's own user network. */
export type StartNetwork = { readonly kind: 'user' } | { readonly kind: 'gvproxy'; readonly program: string };

/**
 * What can run a machine. While it runs there is one process for it, named by the machine's `vmPid` and with that path
 * in its command line, which has a monitor (QMP), a console, and a file for the ready line, and ends at SIGTERM. The
 * code that starts, watches and stops machines need not know more.
 */
export interface Provider {
  readonly name: ProviderName;
  /** Its name in messages. */
  readonly title: string;
  /** What else it needs, for the message when it ends at once. */
  readonly needs?: string;
  /** @throws PodbsdError when a machine cannot have this network with it. */
  checkNetwork(network: MachineRecord['network']): void;
  /** @throws PodbsdError when it does not run guests of this architecture. */
  checkArchitecture(architecture: Architecture): void;
  /** What is missing on this host to run such a machine. */
  lacks(
    machine: Pick<MachineRecord, 'architecture' | 'network'>,
    env: NodeJS.ProcessEnv,
  ): Promise<readonly (Lack | undefined)[]>;
  /** The network that a start would give the machine. @throws PodbsdError when the one asked for is not available. */
  network(machine: Machine, env: NodeJS.ProcessEnv): StartNetwork;
  /** The programs that a start runs, in order, for people. */
  plan(machine: Machine, network: StartNetwork, env: NodeJS.ProcessEnv): Promise<readonly Argv[]>;
  /** Prepares what the machine's process needs. Answers the command line of that process. */
  prepare(machine: Machine, network: StartNetwork, env: NodeJS.ProcessEnv): Promise<Argv>;
  /** Ends what `prepare` started, and what the process may have left. No error when there is nothing. */
  cleanUp(machine: Machine): Promise<void>;
}
