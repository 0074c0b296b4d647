import type { Terminal } from '../ground/terminal.ts';
import type { PipelineEvent, Reporter } from './events.ts';
import { duration } from '../ground/duration.ts';
import { progressText, remaining } from './format.ts';

/** Milliseconds between two lines of progress, so that a log of six hours stays readable. */
const PROGRESS_EVERY = 30_000;

/** Plain lines with the time in front, for logs and everything that is not a terminal. */
export function lineReporter(terminal: Terminal, now: () => Date = () => new Date()): Reporter {
  let numbers = new Map<string, string>();
  let lastProgress = 0;
  let lastText = '';

  const line = (stage: string, text: string): void => {
    const time = now().toISOString().slice(0, 19).replace('T', ' ');
    for (const part of text.split('\n')) terminal.err(`${time} ${numbers.get(stage) ?? ''}${stage}: ${part}`);
  };

  const progress = (stage: string, text: string): void => {
    const time = now().getTime();
    if (text === lastText || time - lastProgress < PROGRESS_EVERY) return;
    [lastProgress, lastText] = [time, text];
    line(stage, text);
  };

  const report = (event: PipelineEvent): void => {
    switch (event.event) {
      case 'plan':
        numbers = new Map(
          event.stages.map(({ name }, index) => [name, `[${index + 1}/${event.stages.length}] `]),
        );
        return;
      case 'stands': {
        line(event.stage, 'nothing to do');
        return;
      }
      case 'start': {
        line(event.stage, `starts (${event.why})${event.log === undefined ? '' : `, log ${event.log}`}`);
        return;
      }
      case 'progress': {
        // The average since the stage began is not known here.
        const left = event.rate === undefined ? undefined : remaining(event, 0);
        const about = left === undefined ? '' : `, about ${duration(left)} to go`;
        progress(event.stage, `${progressText(event)}${about}`);
        return;
      }
      case 'say': {
        line(event.stage, event.text);
        return;
      }
      case 'done': {
        line(event.stage, `done in ${duration(event.seconds)}`);
        return;
      }
      case 'failed': {
        line(event.stage, `failed after ${duration(event.seconds)}`);
        return;
      }
      case 'finished': {
        terminal.err(finishedText(event));
        return;
      }
    }
  };
  return { report, close: () => undefined };
}

/** The last line of a run that came to its end. */
export function finishedText(event: PipelineEvent & { event: 'finished' }): string {
  if (event.made.length === 0) return 'Everything is up to date; nothing was done.';
  return `Made in ${duration(event.seconds)}: ${event.made.join(', ')}.`;
}
