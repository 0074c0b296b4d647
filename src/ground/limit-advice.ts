/** What setrlimit(2) limits, by the error that a process meets at the limit, and what the C library calls that error. */
const limits = [
  { code: 'EMFILE', words: /Too many open files/, what: 'more open files', option: '-n' },
  { code: 'ENFILE', words: /Too many open files in system/, what: 'more open files', option: '-n' },
  { code: 'EFBIG', words: /File too large/, what: 'larger files', option: '-f' },
  {
    code: 'EAGAIN',
    words: /\bEAGAIN\b|[Cc]annot fork|fork: .*(Resource temporarily unavailable|retry)/,
    what: 'more processes',
    option: '-u',
  },
] as const;

/**
 * What to do where a limit of the user's was met.
 *
 * @param met the name of the error (`EMFILE`), or what a program has printed.
 * @returns undefined when it was something else.
 */
export function limitAdvice(met: string): string | undefined {
  const limit = limits.find(({ code, words }) => code === met || words.test(met));
  return limit && `allow ${limit.what} (ulimit ${limit.option}), then run the same command again`;
}
