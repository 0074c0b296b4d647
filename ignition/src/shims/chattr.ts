import type { Program } from '../command-line/command.ts';
import { UsageError } from '../command-line/read.ts';

/**
 * Linux file attributes. podman takes "immutable" from / before it makes a folder there, and gives it back: FreeBSD's / is
 * writable all the time. Nothing else of chattr(1) exists here.
 */
export const chattr: Program = {
  name: 'chattr',
  usage: 'Usage: chattr [-RVf] [-+=aAcCdDeFijmPsStTux] files...',
  usageCode: 1,
  run: (system, args) => {
    const modes: string[] = [];
    const files: string[] = [];
    for (const word of args) {
      if (/^[-+=][aAcCdDeFijmPsStTux]+$/.test(word)) modes.push(word);
      else if (/^-[RVf]+$/.test(word)) continue;
      else if (/^[-+=]/.test(word)) throw new UsageError(`${JSON.stringify(word)} is no attribute`);
      else files.push(word);
    }
    if (modes.length === 0) throw new UsageError('an attribute is missing, such as +i');
    if (files.length === 0) throw new UsageError('a file is missing');
    const isPodmans = modes.every((mode) => /^[-+]i$/.test(mode)) && files.every((file) => file === '/');
    if (isPodmans) return 0;
    system.err(
      `chattr: FreeBSD has no Linux attributes, nothing was changed. ${files.join(' ')}: see chflags(1), such as chflags schg FILE\n`,
    );
    return 1;
  },
};
