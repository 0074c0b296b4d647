import type { Terminal } from '../ground/terminal.ts';
import type { PipelineEvent, Reporter } from './events.ts';
import { duration } from '../ground/duration.ts';
import { progressText, remaining } from './format.ts';
import { finishedText } from './report-lines.ts';
import type { Progress } from './stage.ts';

interface Row {
  readonly name: string;
  readonly title: string;
  state: 'waiting' | 'running' | 'stands' | 'done' | 'failed';
  /** Milliseconds since 1970 at which it began. */
  began: number;
  text: string;
  progress: Progress | undefined;
}

const MARKS = { waiting: ' ', running: '>', stands: '=', done: '+', failed: 'x' } as const;
const COLOURS = { waiting: 'dim', running: 'cyan', stands: 'dim', done: 'green', failed: 'red' } as const;

/** A list of all stages on a terminal, redrawn in place, with elapsed and estimated time of the running one. */
export function liveReporter(terminal: Terminal): Reporter {
  let rows: Row[] = [];
  let drawn = 0;
  const timer = setInterval(() => draw(), 1000);
  timer.unref();

  function draw(): void {
    const up = drawn === 0 ? '' : `\x1b[${drawn}A\x1b[J`;
    if (rows.length > 0) terminal.err(up + rows.map((row) => format(row)).join('\n'));
    drawn = rows.length;
  }

  function format(row: Row): string {
    const line = `${MARKS[row.state]} ${row.name.padEnd(10)} ${row.title}${detail(row)}`;
    return terminal.paint(COLOURS[row.state], line.slice(0, terminal.columns - 1), 'err');
  }

  /** Stays above the list: the list is drawn again below it. */
  function say(text: string): void {
    if (drawn > 0) terminal.err(`\x1b[${drawn}A\x1b[J${text}`);
    drawn = 0;
  }

  function report(event: PipelineEvent): void {
    if (event.event === 'finished') {
      terminal.err(finishedText(event));
      return;
    }
    if (event.event === 'plan')
      rows = event.stages.map((stage) => ({
        ...stage,
        state: 'waiting',
        began: 0,
        text: '',
        progress: undefined,
      }));
    else if (event.event === 'say') say(`${event.stage}: ${event.text}`);
    else rows = rows.map((row) => (row.name === event.stage ? { ...row, ...changesOf(event) } : row));
    draw();
  }

  return { report, close: () => clearInterval(timer) };
}

function changesOf(event: Exclude<PipelineEvent, { event: 'plan' | 'say' | 'finished' }>): Partial<Row> {
  switch (event.event) {
    case 'stands':
      return { state: 'stands', text: 'nothing to do' };
    case 'start':
      return { state: 'running', began: Date.now(), text: event.why };
    case 'progress':
      return { progress: event };
    case 'done':
      return { state: 'done', text: `done in ${duration(event.seconds)}` };
    case 'failed':
      return { state: 'failed', text: `failed after ${duration(event.seconds)}` };
  }
}

function detail(row: Row): string {
  if (row.state === 'waiting') return '';
  if (row.state !== 'running') return ` - ${row.text}`;
  const elapsed = (Date.now() - row.began) / 1000;
  const left = row.progress === undefined ? undefined : remaining(row.progress, elapsed);
  const shown = row.progress === undefined ? row.text : progressText(row.progress);
  return ` - ${duration(elapsed)}${left === undefined ? '' : `, about ${duration(left)} to go`} - ${shown}`;
}
