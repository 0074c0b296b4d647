import { parseRelease } from '../../freebsd/releases.ts';
import { upgradeLocked, upgradePlan } from '../upgrade.ts';
import { refuseMachineName, restartMachine, restartOption } from './restart.ts';
import type { Verb } from './verb.ts';

/** `podman machine os apply 15.2-RELEASE` */
export const applyVerb: Verb = {
  name: 'apply',
  usage: 'apply [options] RELEASE',
  summary: "Apply a FreeBSD release to a Podman Machine's OS",
  description: 'Upgrade the machine to another release of FreeBSD, in a new boot environment',
  example: 'apply 15.2-RELEASE',
  options: [restartOption],
  needs: ['RELEASE'],
  most: 2,
  run: (system, line) => {
    const [release = '', name] = line.operands;
    refuseMachineName(name, `apply ${release} ${name ?? ''}`);
    if (parseRelease(release) === undefined)
      throw new Error(
        'FreeBSD is not upgraded from a container image: name a release instead, podman machine os apply 15.2-RELEASE',
      );
    // Checked first: what is not available is refused in podman's words.
    upgradePlan(system, release);
    const code = upgradeLocked(system, release);
    if (code === 0 && line.has('--restart')) restartMachine(system);
    return code;
  },
};
