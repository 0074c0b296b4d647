/** A line of master.passwd(5), as far as the agent looks at it. */
export interface Account {
  readonly name: string;
  /** The encrypted password, `*` for none; undefined where it cannot be read. */
  readonly password: string | undefined;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** A line of group(5). */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}
