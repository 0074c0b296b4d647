import type { Check } from '../check.ts';
import type { Podman } from './podman.ts';

/** How a command of podman does on FreeBSD, compared with Linux. */
export type State = 'works' | 'works differently' | 'does not work';

/** One row of the table in docs/containers.md, and how to check it. */
export interface Row {
  /** Stable, for scripts; with `container-` before it. */
  readonly id: string;
  /** The commands or options, in Markdown. */
  readonly what: string;
  readonly state: State;
  /** What is different, and what to do instead. Markdown. */
  readonly remark: string;
  /** Ids of rows without which this one has no meaning. */
  readonly needs?: readonly string[];
  /** Throws when it is not as the row says. Returns what is worth showing. */
  run(podman: Podman): Promise<string | undefined>;
}

/** A line of a Markdown table. */
export function markdownLine({ what, state, remark }: Row): string {
  return `| ${what} | ${state} | ${remark} |`;
}

/** The check of `podbsd verify --containers`; what does not work must fail as the table says. */
export function checkOf(row: Row, podmanOf: (guest: Parameters<Check['run']>[0]) => Promise<Podman>): Check {
  const { id, what, state, needs = ['image'] } = row;
  return {
    id: `container-${id}`,
    title: `${what.replaceAll('`', '')} ${state}`,
    needs: id === 'image' ? ['ssh-root'] : needs.map((need) => `container-${need}`),
    run: async (guest) => row.run(await podmanOf(guest)),
  };
}
