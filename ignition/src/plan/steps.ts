import type { Owner, Resource } from '../config/types.ts';

/** One thing that is to be true of the guest. Plain data: applying it twice is the same as applying it once. */
export type Step =
  | Refusal
  | RemoveUser
  | MoveUid
  | EnsureGroup
  | EnsureUser
  | EnsureKeys
  | EnsureSudo
  | EnsureDirectory
  | EnsureFile
  | EnsureLink
  | EnsureTimeZone
  | EnsureHostName
  | EnsureSettings
  | EnsureApiPath
  | EnsureDockerSocket
  | EnsureCertificates
  | EnsureServiceEnvironment
  | EnsureMount;

interface StepBase {
  /** JSON pointer of what asks for it; undefined when it belongs to every podman machine. */
  readonly pointer?: string;
  /** When it fails the machine is still as podman expects it: a warning, not a failure. */
  readonly optional?: boolean;
}

/** Something that the config demands and that this agent does not do. Applying it fails with the reason. */
export interface Refusal extends StepBase {
  readonly kind: 'refusal';
  readonly what: string;
  readonly reason: string;
}

export interface RemoveUser extends StepBase {
  readonly kind: 'remove-user';
  readonly name: string;
}

/** Gives an account another number, because the config wants its number for somebody else. */
export interface MoveUid extends StepBase {
  readonly kind: 'move-uid';
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

export interface EnsureGroup extends StepBase {
  readonly kind: 'group';
  readonly name: string;
  readonly gid?: number;
}

export interface EnsureUser extends StepBase {
  readonly kind: 'user';
  readonly name: string;
  readonly uid?: number;
  readonly home: string;
  /** Not made where there is none; keys need one. */
  readonly withoutHome?: boolean;
  readonly shell: string;
  readonly gecos: string;
  readonly primaryGroup?: string;
  /** Groups to be a member of, besides those it is a member of already. */
  readonly groups: readonly string[];
}

export interface EnsureKeys extends StepBase {
  readonly kind: 'keys';
  readonly user: string;
  /** Lines of authorized_keys. */
  readonly keys: readonly string[];
  /** Why the other keys of the config are left out, one reason each. */
  readonly refused: readonly string[];
}

export interface EnsureSudo extends StepBase {
  readonly kind: 'sudo';
  readonly users: readonly string[];
}

export interface EnsureDirectory extends StepBase {
  readonly kind: 'directory';
  readonly path: string;
  /** Undefined: as it is, or 0755 for a new one. */
  readonly mode?: number;
  readonly user: Owner;
  readonly group: Owner;
}

export interface EnsureFile extends StepBase {
  readonly kind: 'file';
  readonly path: string;
  readonly mode?: number;
  readonly user: Owner;
  readonly group: Owner;
  /** Undefined: an empty file, unless there is one already. */
  readonly contents?: Resource;
  readonly append: readonly Resource[];
  /** What it must pass first; a file that does not is left out. */
  readonly check?: 'sudo' | 'sshd' | 'sshd-whole' | 'sh';
  /** Leave a file alone that is there already: podman rewrites it over SSH. */
  readonly onlyIfAbsent?: boolean;
}

export interface EnsureLink extends StepBase {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
  readonly hard: boolean;
  readonly user: Owner;
  readonly group: Owner;
  /** Leave a real file in its place alone, e.g. a docker program that somebody installed. */
  readonly onlyOverLinks?: boolean;
}

export interface EnsureTimeZone extends StepBase {
  readonly kind: 'timezone';
  /** Below /usr/share/zoneinfo, e.g. `Europe/Berlin`. */
  readonly zone: string;
}

export interface EnsureHostName extends StepBase {
  readonly kind: 'hostname';
  readonly name: string;
}

/** Settings of the kernel, now and at each boot. */
export interface EnsureSettings extends StepBase {
  readonly kind: 'sysctl';
  /** The name of their file in /etc/sysctl.d. */
  readonly source: string;
  readonly settings: readonly { readonly name: string; readonly value: string }[];
}

/** Makes /run/user/UID/podman/podman.sock lead to the one API socket. */
export interface EnsureApiPath extends StepBase {
  readonly kind: 'api-path';
  readonly user: string;
}

/** Makes /var/run/docker.sock lead where /etc/tmpfiles.d/podman-docker.conf says. */
export interface EnsureDockerSocket extends StepBase {
  readonly kind: 'docker-socket';
}

/** Makes certificates known to the whole guest. */
export interface EnsureCertificates extends StepBase {
  readonly kind: 'certificates';
  readonly paths: readonly string[];
}

export interface EnsureServiceEnvironment extends StepBase {
  readonly kind: 'service-environment';
  /** Variables from the config: where certificates are. */
  readonly fromConfig: Readonly<Record<string, string>>;
  /** Proxies that podman 4.x hands over through fw_cfg; undefined when the client sent none that way. */
  readonly fromHost: Readonly<Record<string, string>> | undefined;
}

export interface EnsureMount extends StepBase {
  readonly kind: 'mount';
  /** As podman names it: up to 36 characters. */
  readonly tag: string;
  readonly target: string;
  readonly readOnly: boolean;
}

/** Something of the config that has no meaning on FreeBSD. */
export interface Skipped {
  readonly pointer: string;
  /** The path, unit or name it is about. */
  readonly what: string;
  readonly reason: string;
}

/** What is to happen, in order, and what will not. Every planner answers one, for its part of the config. */
export interface Plan {
  readonly steps: readonly Step[];
  readonly skipped: readonly Skipped[];
}
