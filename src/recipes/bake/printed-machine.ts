import { DryRunHost } from '../../host/dry-run.ts';
import type { BakeMachine } from './machine.ts';
import { insideOf } from './machine.ts';
import { layerFile } from './layers.ts';
import type { BakePaths } from './paths.ts';

/** Stands for the machine in a dry run: what would be done inside is printed as ssh(1) would be told. */
export function printedMachine(paths: BakePaths, print: (line: string) => void): BakeMachine {
  const host = new DryRunHost((line) => {
    print(line.startsWith('#') ? line.replace(' this host:', ' the machine:') : `inside: ${line}`);
  });
  return {
    enter: async (layer, run) => {
      print(`# the machine works on ${layerFile(paths.layers, layer)}`);
      return insideOf(host, run);
    },
    has: async () => false,
    discard: async () => {},
    powerOff: async () => print('# press the power button of the machine and wait until it is off'),
    close: async () => {},
  };
}
