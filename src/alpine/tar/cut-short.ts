/** An archive ends in the middle of something. */
export class CutShort extends Error {
  constructor() {
    super('it ends in the middle of a file');
  }
}
