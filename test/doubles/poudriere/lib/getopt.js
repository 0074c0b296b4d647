import { usage } from './exit.js';

/**
 * getopts of sh(1): letters, a colon after those that take an argument, stops at the first word that is no option.
 * Returns the options in order, and the words that are left.
 */
export function getopt(spec, args, program) {
  const options = [];
  let index = 0;
  for (; index < args.length; index++) {
    const word = args[index];
    if (word === '--') {
      index++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    for (let at = 1; at < word.length; at++) {
      const letter = word[at];
      const known = spec.indexOf(letter);
      if (known < 0 || letter === ':') throw usage(`${program}: Illegal option -${letter}`);
      if (spec[known + 1] !== ':') {
        options.push([letter, true]);
        continue;
      }
      const rest = word.slice(at + 1);
      const value = rest === '' ? args[++index] : rest;
      if (value === undefined) throw usage(`${program}: No arg for -${letter} option`);
      options.push([letter, value]);
      break;
    }
  }
  return { options, flags: Object.fromEntries(options), rest: args.slice(index) };
}
