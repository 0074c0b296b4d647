/** podbsd's names for its objects in Poudriere. */
export interface PoudriereNames {
  readonly jail: string;
  readonly ports: string;
  readonly overlay: string;
  /** Poudriere's own name for the combination; packages and logs lie in folders of this name. */
  readonly master: string;
}

/**
 * The names of one build. A dataset belongs to one build directory, so two builds on one host differ in everything that
 * is the host's: a running build is a jail of the name `master`, whatever etc directory it came from. Letters and
 * digits only satisfies the rules of every Poudriere command.
 * @param dataset `[build] dataset`, which begins with podbsd.
 */
export function namesOf(dataset: string): PoudriereNames {
  const ports = `${dataset}ports`;
  return { jail: dataset, ports, overlay: `${dataset}overlay`, master: `${dataset}-${ports}` };
}

/** Name of the image, which is also the name of the snapshot that Poudriere leaves in it. */
export const imageName = 'podbsd';
