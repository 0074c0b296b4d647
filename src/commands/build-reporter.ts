import type { Terminal } from '../ground/terminal.ts';
import type { Reporter } from '../pipeline/events.ts';
import { jsonReporter } from '../pipeline/report-json.ts';
import { lineReporter } from '../pipeline/report-lines.ts';
import { liveReporter } from '../pipeline/report-live.ts';

/** Chooses how a build is reported: to programs, as a plan, or to people. */
export function reporterFor(
  options: { readonly json?: boolean; readonly dryRun?: boolean },
  terminal: Terminal,
): Reporter {
  if (options.json === true) return jsonReporter(terminal);
  if (options.dryRun === true) return planReporter(terminal);
  return terminal.interactive ? liveReporter(terminal) : lineReporter(terminal);
}

/** With --json the commands that a dry run prints are events, too. */
export function jsonLines(terminal: Terminal): Terminal {
  const out = (line: string): void =>
    terminal.out(JSON.stringify({ time: new Date().toISOString(), event: 'command', line }));
  return { ...terminal, out };
}

/** A dry run: the name of each stage as a comment above its commands, so that the output reads as a script. */
function planReporter(terminal: Terminal): Reporter {
  const titles = new Map<string, string>();
  return {
    report: (event) => {
      if (event.event === 'plan') for (const { name, title } of event.stages) titles.set(name, title);
      if (event.event === 'start') terminal.out(`\n# ${event.stage}: ${titles.get(event.stage) ?? ''}`);
      if (event.event === 'stands') terminal.out(`\n# ${event.stage}: nothing to do`);
      if (event.event === 'say') terminal.out(`# ${event.text}`);
    },
    close: () => undefined,
  };
}
