/** One option of a command. */
export interface Option {
  /** As it is typed: `--dry-run`, or several that mean the same: `--quiet`, `-q`. */
  readonly names: readonly [string, ...string[]];
  /** What its value is called in the help; without it the option is a switch. */
  readonly value?: string;
  /** For the help; an option without it is not shown there. */
  readonly what?: string;
  readonly needed?: boolean;
  /** What is wrong with a value, or undefined. */
  readonly check?: (value: string) => string | undefined;
}

/** What a command may be given. */
export interface Grammar {
  readonly options: readonly Option[];
  /** The names of the operands that it needs, as the help shows them. */
  readonly needs?: readonly string[];
  /** How many operands there may be at most; as many as it needs, if not given. */
  readonly most?: number;
}

/** A command line that was read completely, without anything unknown in it. */
export interface CommandLine {
  readonly operands: readonly string[];
  /** Whether an option was given, by any of its names. */
  readonly has: (name: string) => boolean;
  /** The value that was given last. */
  readonly value: (name: string) => string | undefined;
  readonly values: (name: string) => readonly string[];
}

/** The command line is wrong: nothing was done. */
export class UsageError extends Error {
  /** The unknown option, if that is what is wrong. */
  readonly unknownOption: string | undefined;

  constructor(message: string, unknownOption?: string) {
    super(message);
    this.name = 'UsageError';
    this.unknownOption = unknownOption;
  }
}

/**
 * Reads a whole command line the way getopt_long(3) does: options and operands in any order, `--name=value`, `-nvalue`,
 * switches of one letter together, `--` before operands that begin with a dash. No abbreviations.
 *
 * @throws UsageError for the first word that is not known, a value that is missing, empty or too many.
 */
export function readCommandLine(grammar: Grammar, args: readonly string[]): CommandLine {
  const given = new Map<Option, string[]>();
  const operands: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      operands.push(...rest.splice(0));
    } else if (word.startsWith('--')) {
      readLong(grammar, word, rest, given);
    } else if (word.startsWith('-') && word !== '-') {
      readShort(grammar, word, rest, given);
    } else {
      operands.push(word);
    }
  }
  const line = commandLine(grammar, given, operands);
  if (!line.has('--help')) checkWhole(grammar, line);
  return line;
}

type Given = Map<Option, string[]>;

function readLong(grammar: Grammar, word: string, rest: string[], given: Given): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  const option = find(grammar, name);
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  if (option === undefined) throw new UsageError(`unrecognized option ${quoted(name)}`, name);
  if (option.value === undefined) {
    if (attached !== undefined) throw new UsageError(`option ${quoted(name)} takes no value`);
    note(given, option, '');
  } else {
    note(given, option, checked(option, name, attached ?? rest.shift()));
  }
}

function readShort(grammar: Grammar, word: string, rest: string[], given: Given): void {
  for (let index = 1; index < word.length; index++) {
    const name = `-${word.charAt(index)}`;
    const option = find(grammar, name);
    if (option === undefined) throw new UsageError(`unrecognized option ${quoted(name)}`, name);
    if (option.value === undefined) {
      note(given, option, '');
      continue;
    }
    const attached = word.slice(index + 1);
    note(given, option, checked(option, name, attached === '' ? rest.shift() : attached));
    return;
  }
}

function checked(option: Option, name: string, value: string | undefined): string {
  if (value === undefined || value === '') throw new UsageError(`option ${quoted(name)} needs a value`);
  const problem = option.check?.(value);
  if (problem !== undefined) throw new UsageError(`${name} ${quoted(value)}: ${problem}`);
  return value;
}

function checkWhole({ options, needs = [], most = needs.length }: Grammar, line: CommandLine): void {
  const missing = options.find(({ names, needed }) => needed === true && !line.has(names[0]));
  if (missing !== undefined)
    throw new UsageError(`${missing.names[0]} ${missing.value ?? ''} must be given`.replace('  ', ' '));
  const { operands } = line;
  const next = needs[operands.length];
  if (next !== undefined) throw new UsageError(`${next} is missing`);
  const surplus = operands[most];
  if (surplus !== undefined) throw new UsageError(`${quoted(surplus)} is not expected here`);
}

function commandLine(grammar: Grammar, given: Given, operands: readonly string[]): CommandLine {
  const values = (name: string): readonly string[] => {
    const option = find(grammar, name);
    return option === undefined ? [] : (given.get(option) ?? []);
  };
  return {
    operands,
    has: (name) => values(name).length > 0,
    value: (name) => values(name).at(-1),
    values,
  };
}

function find({ options }: Grammar, name: string): Option | undefined {
  return options.find(({ names }) => names.includes(name));
}

function note(given: Given, option: Option, value: string): void {
  given.set(option, [...(given.get(option) ?? []), value]);
}

function quoted(word: string): string {
  return JSON.stringify(word);
}
