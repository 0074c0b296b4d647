import type { System } from '../system/system.ts';
import { own } from './paths.ts';
import { whatFailed } from './program.ts';

/** Exit code of our C program when the device has no item of this name. */
const noSuchItem = 66;

/**
 * The text of an item that QEMU's -fw_cfg option names, or undefined when there is none. A text that bhyve was given on
 * its command line (`string=`) ends with a NUL, which belongs to no text.
 */
export function readFwcfg(system: System, name: string): string | undefined {
  const argv = [own.fwcfg, 'read', name] as const;
  const result = system.run(argv);
  if (result.code === 0) return result.out.replace(/\0$/, '');
  if (result.code === noSuchItem) return undefined;
  throw new Error(whatFailed(argv, result));
}
