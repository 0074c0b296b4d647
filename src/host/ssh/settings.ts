import type { SshAddress } from './url.ts';

/** A private key: a file, or its text where podbsd made the key itself. */
export type Identity = { readonly file: string } | { readonly text: string };

/** How to reach an SSH server, how to prove who we are and how to know that it is the right one. */
export interface SshSettings extends SshAddress {
  /** The only key that is offered. Without it: the agent's keys, then ~/.ssh/id_ed25519, id_ecdsa and id_rsa. */
  readonly identity?: Identity;
  /** Socket of ssh-agent. Default: SSH_AUTH_SOCK; `false` asks no agent. */
  readonly agent?: string | false;
  /** Host keys that are right, as in a .pub file (`ssh-ed25519 AAAA...`). known_hosts is then not consulted. */
  readonly hostKeys?: readonly string[];
  /**
   * known_hosts files; the first is the one that a newly accepted key is added to.
   * Default: those that ssh(1) looks into.
   */
  readonly knownHostsFiles?: readonly string[];
  /** Accept the key of a host that is not known yet, and remember it. A key that has changed is always refused. */
  readonly acceptNewHostKey?: boolean;
  /** Variables that every program there gets; those of a call go before them. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told when an accepted key cannot be written down. */
  readonly onNotice?: (notice: string) => void;
  /** Milliseconds for connection and login; default 20000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds between keep-alive messages; the connection is given up after three without answer. Default 15000. */
  readonly keepAliveMs?: number;
}
