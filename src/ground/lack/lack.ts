import { ExitCode, PodbsdError } from '../errors.ts';
import { installAdvice, installAllAdvice, packageHere, thisSystem, type System } from '../install-advice.ts';
import type { Part } from '../packages.ts';

/** Something that a command needs and that is not there, found before anything is made. */
export interface Lack {
  /** What is wrong, in words: `qemu-img is not installed`. */
  readonly problem: string;
  /** What has to be installed. */
  readonly part?: Part;
  /** What to do about it, where nothing has to be installed, or besides. */
  readonly remedy?: string;
  /** Default: `host`. */
  readonly exitCode?: ExitCode;
}

/** Another remedy begins on a line of its own, below the first one behind `next:`. */
const INDENT = '\n       ';

/**
 * Refuses to begin while anything is missing: one error that names all of it, each program with its package, and one
 * command that installs them. Undefined stands for what is not missing.
 */
export function requireAll(
  doing: string,
  found: readonly (Lack | undefined)[],
  system: System = thisSystem(),
): void {
  const error = lackError(doing, found, system);
  if (error !== undefined) throw error;
}

/** The error for everything that is missing; undefined when nothing is. */
export function lackError(
  doing: string,
  found: readonly (Lack | undefined)[],
  system: System = thisSystem(),
): PodbsdError | undefined {
  const lacks = distinct(found.filter((lack) => lack !== undefined));
  const [first] = lacks;
  if (first === undefined) return undefined;
  const codes = new Set(lacks.map(({ exitCode = ExitCode.host }) => exitCode));
  return new PodbsdError({
    doing,
    problem: lacks.map((lack) => described(lack, system)).join('\n'),
    remedy: remediesOf(lacks, system).join(INDENT),
    exitCode: codes.size === 1 ? ([...codes][0] ?? ExitCode.host) : ExitCode.host,
  });
}

/** What a check refuses, as one of the things that are missing. */
export async function refusal(check: () => unknown): Promise<Lack | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    if (!(error instanceof PodbsdError)) throw error;
    const { problem, remedy, exitCode } = error;
    return { problem, exitCode, ...(remedy === undefined ? {} : { remedy }) };
  }
}

function described({ problem, part }: Lack, system: System): string {
  const name = part === undefined ? undefined : packageHere(part, system);
  return name === undefined ? problem : `${problem} (package ${name})`;
}

function remediesOf(lacks: readonly Lack[], system: System): string[] {
  const parts = lacks.flatMap(({ part }) => part ?? []);
  const together = installAllAdvice(parts, system);
  const apart = parts.filter((part) => packageHere(part, system) === undefined);
  const others = lacks.flatMap(({ remedy }) => remedy ?? []);
  return [
    ...new Set([
      ...(together === undefined ? [] : [together]),
      ...apart.map((part) => installAdvice(part, system)),
      ...others,
    ]),
  ];
}

function distinct(lacks: readonly Lack[]): Lack[] {
  return [...new Map(lacks.map((lack) => [lack.problem, lack])).values()];
}
