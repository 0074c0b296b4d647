import { duration } from '../ground/duration.ts';
import { ModalTerminal } from '../ground/modal-terminal.ts';
import type { Terminal } from '../ground/terminal.ts';
import { progressText, remaining } from '../pipeline/format.ts';
import type { Progress } from '../pipeline/stage.ts';

/** Shows the steps of a command that is no build: what is being done, how far it is and how long it still takes. */
export interface Steps {
  /** A step begins, and with it the one before has ended. */
  begin(text: string): void;
  /** How far the step is; another text begins another step. */
  progress(progress: Progress): void;
  /** A line of another kind comes next: what was drawn makes room. */
  pause(): void;
  /** No step is under way any more; what was drawn goes. Called however the command ends. */
  end(): void;
}

/** Milliseconds between two lines of one step where nothing can be redrawn, and between two events for programs. */
const LINE_EVERY = 30_000;
const EVENT_EVERY = 1000;

/**
 * On a terminal one line that is redrawn; elsewhere a line for each step, and another one when it takes long.
 *
 * @param lineAfter milliseconds: where nothing is redrawn, a step that ends sooner gets no line, for commands that print
 * the result of each.
 */
export function showSteps(
  terminal: Terminal,
  { lineAfter = 0 }: { readonly lineAfter?: number } = {},
): Steps {
  let current: Progress | undefined;
  let began = 0;
  let told = 0;
  let drawn = false;
  let late: NodeJS.Timeout | undefined;
  const timer = terminal.interactive ? setInterval(draw, 1000) : undefined;
  timer?.unref();

  function described(): string {
    if (current === undefined) return '';
    const elapsed = (Date.now() - began) / 1000;
    const left = remaining(current, elapsed);
    const parts = [progressText(current), ...(elapsed < 2 ? [] : [duration(elapsed)])];
    return [...parts, ...(left === undefined ? [] : [`about ${duration(left)} to go`])].join(', ');
  }

  function erase(): void {
    // The line above the cursor: writing begins there.
    if (drawn) terminal.err('\x1b[1A\x1b[J\x1b[1A');
    drawn = false;
  }

  function draw(): void {
    if (current === undefined) return;
    const up = drawn ? '\x1b[1A\x1b[J' : '';
    terminal.err(`${up}${terminal.paint('dim', described().slice(0, terminal.columns - 1), 'err')}`);
    drawn = true;
  }

  function tell(): void {
    told = Date.now();
    if (terminal instanceof ModalTerminal) terminal.event({ event: 'progress', ...current });
  }

  function announce(text: string): void {
    if (lineAfter === 0) terminal.err(text);
    else late = setTimeout(() => terminal.err(text), lineAfter).unref();
  }

  function begin(progress: Progress): void {
    clearTimeout(late);
    current = progress;
    began = Date.now();
    tell();
    if (terminal.interactive) draw();
    else if (!isJson(terminal)) announce(progress.text);
  }

  return {
    begin: (text) => begin({ text }),
    progress: (progress) => {
      if (current?.text !== progress.text) {
        begin(progress);
        return;
      }
      current = progress;
      const since = Date.now() - told;
      if (isJson(terminal) ? since < EVENT_EVERY : since < LINE_EVERY) return;
      if (!terminal.interactive && !isJson(terminal)) terminal.err(described());
      tell();
    },
    pause: () => {
      clearTimeout(late);
      erase();
      current = undefined;
    },
    end: () => {
      clearInterval(timer);
      clearTimeout(late);
      erase();
      current = undefined;
    },
  };
}

function isJson(terminal: Terminal): boolean {
  return terminal instanceof ModalTerminal && terminal.isJson;
}
