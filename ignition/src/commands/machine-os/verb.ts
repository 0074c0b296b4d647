import { optionList } from '../../command-line/help.ts';
import type { CommandLine, Grammar, Option } from '../../command-line/read.ts';
import type { System } from '../../system/system.ts';

/** `podman machine os apply` or `upgrade`, as podman describes it. */
export interface Verb extends Grammar {
  readonly name: 'apply' | 'upgrade';
  /** `upgrade [options] [NAME]` */
  readonly usage: string;
  readonly summary: string;
  readonly description: string;
  readonly example: string;
  /** Answers the exit code; an Error ends as podman's own, with 125. */
  run(system: System, line: CommandLine): number;
}

/** podman's own programs know `--help` alone. */
export const help: Option = { names: ['--help', '-h'] };

/** In the layout of podman's help. */
export function usageOf({ usage, summary, description, example, options }: Verb): string {
  return `${summary}

Description:
  ${description}

Usage:
  podman machine os ${usage}

Examples:
  podman machine os ${example}

Options:
${optionList(options)}`;
}
