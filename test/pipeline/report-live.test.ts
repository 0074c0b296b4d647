import { expect, it } from 'vitest';
import type { Terminal } from '../../src/ground/terminal.ts';
import type { PipelineEvent } from '../../src/pipeline/events.ts';
import { liveReporter } from '../../src/pipeline/report-live.ts';

/** A terminal of which the lines that are on the screen in the end are kept. */
function screen(): { readonly terminal: Terminal; readonly lines: string[] } {
  const lines: string[] = [];
  const err = (text: string): void => {
    const [, up, shown = text] = /^\x1b\[(\d+)A\x1b\[J([^]*)$/.exec(text) ?? [];
    if (up !== undefined) lines.splice(-Number(up));
    lines.push(...shown.split('\n'));
  };
  const terminal = {
    out: err,
    err,
    interactive: true,
    columns: 80,
    paint: (_style: unknown, text: string) => text,
  };
  return { terminal, lines };
}

it('the list of stages stays at the bottom, each with what became of it, and notices stay above it', () => {
  const { terminal, lines } = screen();
  const reporter = liveReporter(terminal);
  const events: PipelineEvent[] = [
    { event: 'plan', stages: ['base', 'boot', 'seal'].map((name) => ({ name, title: `Do ${name}` })) },
    { event: 'stands', stage: 'base' },
    { event: 'start', stage: 'boot', why: 'first time' },
    { event: 'progress', stage: 'boot', text: 'booting', done: 1, total: 4 },
    { event: 'say', stage: 'boot', text: 'FreeBSD 15.1-RELEASE' },
    { event: 'done', stage: 'boot', seconds: 61, outputs: {} },
    { event: 'start', stage: 'seal', why: 'first time' },
    { event: 'failed', stage: 'seal', seconds: 2, problem: 'it broke' },
  ];
  for (const event of events) reporter.report(event);
  reporter.close();
  expect(lines).toEqual([
    'boot: FreeBSD 15.1-RELEASE',
    '= base       Do base - nothing to do',
    expect.stringMatching(/^\+ boot {7}Do boot - done in 1 min/),
    expect.stringMatching(/^x seal {7}Do seal - failed after 2/),
  ]);
});
