/** Ends the double with a message on standard error, as err() and usage() end the real program. */
export class Exit extends Error {
  constructor(code, message = '') {
    super(message);
    this.code = code;
  }
}

/** sysexits(3): the command line is wrong. */
export function usage(message) {
  return new Exit(64, message);
}
