/** The error codes of the CNI specification that the plugin answers with. */
export const CniCode = {
  incompatibleVersion: 1,
  invalidEnvironment: 4,
  undecodable: 6,
  invalidConfig: 7,
  tryLater: 11,
  /** From 100 on they are a plugin's own. */
  resolver: 100,
} as const;

/** An answer of the plugin: podman shows its words to the person who runs the container. */
export class CniError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'CniError';
    this.code = code;
  }
}
