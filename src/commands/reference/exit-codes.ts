import { ExitCode } from '../../ground/errors.ts';

/** What each exit code means, in the order of the numbers; --help, the manual page and the tests read it from here. */
export const exitCodeMeanings: readonly (readonly [number, string])[] = [
  [ExitCode.ok, 'Success; notices may say more.'],
  [ExitCode.failed, 'The work was done and the answer is no: a check failed, a machine is not running.'],
  [ExitCode.usage, 'The command line is wrong.'],
  [ExitCode.program, 'A program that podbsd ran has failed.'],
  [ExitCode.host, 'This host cannot do the work: operating system, missing program or permission.'],
  [ExitCode.locked, 'Another podbsd works on the same thing.'],
  [ExitCode.diskFull, 'No space left.'],
  [ExitCode.network, 'A network peer could not be reached or did not answer in time.'],
  [ExitCode.untrusted, 'A checksum, a signature or a host key is not the expected one.'],
  [ExitCode.notReady, 'A machine was not ready in time.'],
  [ExitCode.portFailed, 'A port could not be built.'],
  [ExitCode.data, 'Input data is wrong: an image, an archive, an Ignition file.'],
  [ExitCode.internal, 'A bug in podbsd.'],
  [ExitCode.config, 'The configuration is wrong.'],
  [ExitCode.interrupted, 'Stopped by a signal.'],
];
