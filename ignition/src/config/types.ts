/**
 * Ignition configs of the specifications 3.0.0 to 3.6.0, as far as the guest agent and the host tool use them.
 * https://coreos.github.io/ignition/specs/
 */

export interface IgnitionConfig {
  readonly ignition: Ignition;
  readonly passwd: Passwd;
  readonly storage: Storage;
  readonly systemd: { readonly units: readonly Unit[] };
  readonly kernelArguments: {
    readonly shouldExist: readonly string[];
    readonly shouldNotExist: readonly string[];
  };
}

export interface Ignition {
  readonly version: string;
  /** Configs that would have to be fetched from elsewhere; what `data:` URLs hold is merged already. */
  readonly remoteConfigs: readonly Placed<Resource>[];
}

export interface Passwd {
  readonly users: readonly User[];
  readonly groups: readonly Group[];
}

export interface User {
  readonly name: string;
  readonly uid?: number;
  readonly gecos?: string;
  readonly homeDir?: string;
  readonly shell?: string;
  readonly primaryGroup?: string;
  readonly groups: readonly string[];
  readonly sshAuthorizedKeys: readonly string[];
  readonly hasPasswordHash: boolean;
  /** Default true. False: the account is to be removed. */
  readonly shouldExist: boolean;
  readonly noCreateHome: boolean;
}

export interface Group {
  readonly name: string;
  readonly gid?: number;
  readonly shouldExist: boolean;
}

export interface Storage {
  readonly directories: readonly Placed<Directory>[];
  readonly files: readonly Placed<File>[];
  readonly links: readonly Placed<Link>[];
  /** JSON pointers of disk layouts: disks, raid, filesystems, luks. The agent refuses them. */
  readonly layouts: readonly string[];
}

/** A user or group of a node, by number or name; undefined when the config does not say. */
export type Owner = number | string | undefined;

export interface Node {
  /** Absolute, without `.` and `..`. */
  readonly path: string;
  readonly user: Owner;
  readonly group: Owner;
  readonly overwrite?: boolean;
}

export interface Directory extends Node {
  /** Permission bits; undefined when the config does not say. */
  readonly mode?: number;
}

export interface File extends Node {
  readonly mode?: number;
  readonly contents?: Resource;
  readonly append: readonly Resource[];
}

export interface Link extends Node {
  readonly target: string;
  readonly hard: boolean;
}

export interface Resource {
  /** `data:...` or a remote URL; undefined or empty means that there is none. */
  readonly source?: string;
  readonly compression?: 'gzip';
  /** `sha256-HEX` or `sha512-HEX`. */
  readonly hash?: string;
}

export interface Unit {
  readonly name: string;
  readonly enabled?: boolean;
  readonly mask?: boolean;
  readonly contents?: string;
  readonly dropins: readonly Dropin[];
}

/** A file that changes a unit. */
export interface Dropin {
  readonly name: string;
  readonly contents?: string;
}

/** Something of the config with the JSON pointer of its place. */
export type Placed<Value> = Value & { readonly pointer: string };

/** What is wrong with a config, and where. */
export interface Problem {
  /** JSON pointer (RFC 6901), e.g. `/storage/files/3/mode`; empty for the whole config. */
  readonly pointer: string;
  readonly message: string;
}
