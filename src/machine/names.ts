import { ExitCode, PodbsdError } from '../ground/errors.ts';

/** The default machine. podman's own default machine has another name. */
export const DEFAULT_MACHINE = 'podbsd-machine-default';

/** podman's rule for names (pkg/machine/define), and short enough for the sockets that carry the name in their path. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,39}$/;

export function isMachineName(name: string): boolean {
  return NAME.test(name);
}

/** @throws PodbsdError when this cannot be the name of a machine. */
export function checkMachineName(name: string): string {
  if (isMachineName(name)) return name;
  throw new PodbsdError({
    doing: `looking for the machine ${JSON.stringify(name)}`,
    problem:
      'a name must begin with a letter or digit, continue with letters, digits and _.-, and have at most 40 characters',
    exitCode: ExitCode.usage,
  });
}
