import { ExitCode, PodbsdError } from '../../ground/errors.ts';

/** What is being done, in every error about the build host. */
export const doing = 'checking the build host';

/** Why this host cannot build. */
export function refuse(problem: string, remedy: string): PodbsdError {
  return new PodbsdError({ doing, problem, remedy, exitCode: ExitCode.host });
}

/** The host is not a FreeBSD machine: why that matters and what can be done instead. */
export function notFreebsd(hostName: string, system: string): PodbsdError {
  return refuse(
    `${hostName} runs ${system}, and Poudriere, which makes the image, runs on FreeBSD only`,
    'give a FreeBSD machine with --host ssh://root@BUILDER, let podbsd make one here with --builder vm, ' +
      'or look at the plan with --recipe poudriere --dry-run',
  );
}
