import type { Check } from '../check.ts';
import { basicRows } from './basic-rows.ts';
import { missingRows } from './other-rows.ts';
import { Podman } from './podman.ts';
import { backRows, restartRow } from './restart-rows.ts';
import { checkOf, markdownLine, type Row } from './row.ts';
import { serviceRows } from './service-rows.ts';

/** The table of docs/containers.md, line by line. */
export const containerRows: readonly Row[] = [...basicRows, ...serviceRows, ...missingRows, restartRow];

export function containerTable(): string {
  const head = ['| command | on FreeBSD | remarks |', '|---|---|---|'];
  return [...head, ...containerRows.map(markdownLine)].join('\n');
}

const check = (row: Row): Check => checkOf(row, (guest) => Podman.of(guest));

/** For the first boot: every line of the table. */
export const containerChecks: readonly Check[] = containerRows.map(check);
/** For the boot after it. */
export const containerChecksAfterRestart: readonly Check[] = backRows.map(check);
