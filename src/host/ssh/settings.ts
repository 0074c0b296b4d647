import type { SshAddress } from './url.ts';

/** A private key: a file, or its text where podbsd made the key itself. */
export type Identity = { readonly file: string } | { readonly text: string };

/** How to reach an SSH server, log in to it and verify its identity. */
export interface SshSettings extends SshAddress {
  /** The only key that is offered. Without it: the agent's keys, then ~/.ssh/id_ed25519, id_ecdsa and id_rsa. */
  readonly identity?: Identity;
  /** Keys that are offered after the agent's, instead of those in ~/.ssh. */
  readonly identityFiles?: readonly string[];
  /** Where one of these files can be used, the agent is not asked. */
  readonly onlyIdentityFiles?: boolean;
  /** Socket of ssh-agent. Default: SSH_AUTH_SOCK; `false` asks no agent. */
  readonly agent?: string | false;
  /** Accepted host keys, as in a .pub file (`ssh-ed25519 AAAA...`). known_hosts is then not consulted. */
  readonly hostKeys?: readonly string[];
  /**
   * known_hosts files; the first is the one that a newly accepted key is added to.
   * Default: those that ssh(1) looks into.
   */
  readonly knownHostsFiles?: readonly string[];
  /** The name under which known_hosts has the server, instead of address and port. */
  readonly hostKeyAlias?: string;
  /** Accept the key of a host that is not known yet, and remember it. A key that has changed is always refused. */
  readonly acceptNewHostKey?: boolean;
  /** Variables for every program there; those of a call override them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called when an accepted key cannot be saved. */
  readonly onNotice?: (notice: string) => void;
  /** Milliseconds for connection and login; default 20000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds between keep-alive messages; the connection is given up after three without answer. Default 15000. */
  readonly keepAliveMs?: number;
}
