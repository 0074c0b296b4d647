/** A file that the guest's nuageinit(7) writes before its services start. */
export interface SeedFile {
  /** Absolute, in a folder that FreeBSD has. */
  readonly path: string;
  readonly content: string;
  /** Octal, as nuageinit reads it. */
  readonly permissions: string;
}

export interface UserData {
  /** The line of authorized_keys that root may log in with. */
  readonly publicKey: string;
  readonly files: readonly SeedFile[];
}

/**
 * The user-data of a NoCloud seed, in the subset that nuageinit of 14.4 and of 15.x both understand: `users` and
 * `write_files`.
 *
 * Naming root under `users` gives root the key; because there is a list, no default user `freebsd` with its known
 * password is made. FreeBSD's sshd refuses root until it is told otherwise, and nuageinit has no key for that, so the
 * files bring podbsd's /etc/rc.conf.d/sshd, the very file that the image has in the end.
 */
export async function userData({ publicKey, files }: UserData): Promise<string> {
  const config = {
    users: [{ name: 'root', ssh_authorized_keys: [publicKey] }],
    write_files: files.map(({ path, content, permissions }) => ({
      path,
      content: Buffer.from(content).toString('base64'),
      encoding: 'b64',
      permissions,
    })),
  };
  // nuageinit compares the first line as a whole.
  return `#cloud-config\n${await forNuageinit(config)}`;
}

/**
 * YAML for both parsers: nuageinit's own up to 15.0, and lyaml since. The former takes a blank line or a `#` inside a
 * block for wrong indentation, knows no escapes, and reads a plain text of digits as a number. So every text is quoted,
 * stands on one line, and has nothing in it that would have to be escaped.
 */
async function forNuageinit(value: object): Promise<string> {
  const { default: YAML } = await import('yaml');
  return YAML.stringify(value, {
    lineWidth: 0,
    aliasDuplicateObjects: false,
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
  });
}

/** The other file of a NoCloud seed: it must be there, and must not be empty. */
export async function metaData(instance: string): Promise<string> {
  return await forNuageinit({ 'instance-id': instance });
}
