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

  function change(name: string, changes: Partial<Row>): void {
    rows = rows.map((row) => (row.name === name ? { ...row, ...changes } : row));
    draw();
  }

  function report(event: PipelineEvent): void {
    switch (event.event) {
      case 'plan':
        rows = event.stages.map((stage) => ({
          ...stage,
          state: 'waiting',
          began: 0,
          text: '',
          progress: undefined,
        }));
        {
          draw();
          return;
        }
      case 'stands': {
        change(event.stage, { state: 'stands', text: 'nothing to do' });
        return;
      }
      case 'start': {
        change(event.stage, { state: 'running', began: Date.now(), text: event.why });
        return;
      }
      case 'progress': {
        change(event.stage, { progress: event });
        return;
      }
      case 'say':
        // Stays above the list: the list is drawn again below it.
        if (drawn > 0) terminal.err(`\x1b[${drawn}A\x1b[J${event.stage}: ${event.text}`);
        drawn = 0;
        {
          draw();
          return;
        }
      case 'done': {
        change(event.stage, { state: 'done', text: `done in ${duration(event.seconds)}` });
        return;
      }
      case 'failed': {
        change(event.stage, { state: 'failed', text: `failed after ${duration(event.seconds)}` });
        return;
      }
      case 'finished': {
        terminal.err(finishedText(event));
        return;
      }
    }
  }

  return { report, close: () => clearInterval(timer) };
}

function detail(row: Row): string {
  if (row.state === 'waiting') return '';
  if (row.state !== 'running') return ` - ${row.text}`;
  const elapsed = (Date.now() - row.began) / 1000;
  const left = row.progress === undefined ? undefined : remaining(row.progress, elapsed);
  const shown = row.progress === undefined ? row.text : progressText(row.progress);
  return ` - ${duration(elapsed)}${left === undefined ? '' : `, about ${duration(left)} to go`} - ${shown}`;
}
