import { ExitCode, PodbsdError } from '../../../ground/errors.ts';
import { CommandError } from '../../../host/command-error.ts';
import { runProgram } from '../../../host/run-program.ts';

/** Loads the hypervisor, unless it is there. That needs root, as bhyve itself does by default. */
export async function loadHypervisor(): Promise<void> {
  try {
    await runProgram(['kldstat', '-q', '-m', 'vmm']);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    await runProgram(['kldload', '-n', 'vmm']).catch((cause: unknown) => {
      throw new PodbsdError({
        doing: 'loading the hypervisor',
        problem: cause instanceof CommandError ? cause.problem : String(cause),
        remedy: 'as root: kldload vmm, and for every start of the host: sysrc kld_list+=vmm',
        exitCode: ExitCode.host,
        cause,
      });
    });
  }
}

/** A machine stays in the kernel when its bhyve is gone, and bhyve does not reuse an existing one. */
export async function destroyVm(name: string): Promise<void> {
  try {
    await runProgram(['bhyvectl', '--destroy', `--vm=${name}`]);
  } catch (error) {
    // There was none.
    if (!(error instanceof CommandError)) throw error;
  }
}
