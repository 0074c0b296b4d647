import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { showSteps } from '../../src/commands/steps.ts';
import { ModalTerminal, type OutputMode } from '../../src/ground/modal-terminal.ts';
import { recordingTerminal } from '../support/program.ts';

/** What is printed while a disk is written and read back. */
function shown(mode: OutputMode, interactive = false): { out: string[]; err: string[] } {
  const base = { ...recordingTerminal(), interactive };
  const terminal = new ModalTerminal(base);
  terminal.choose(mode);
  const steps = showSteps(terminal);
  for (const done of [0, 50, 100]) steps.progress({ text: 'writing', unit: 'bytes', done, total: 100 });
  steps.begin('reading back');
  steps.end();
  return { out: base.outLines, err: base.errLines };
}

describe('the steps of a command', () => {
  it('are a line each where nothing can be redrawn', () => {
    expect(shown('plain')).toEqual({ out: [], err: ['writing', 'reading back'] });
  });

  it('are redrawn in one line of a terminal, which goes at the end', () => {
    const { err } = shown('plain', true);
    expect(err[0]).toBe('writing, 0 bytes of 100 bytes');
    expect(err.at(-2)).toBe('\x1b[1A\x1b[Jreading back');
    expect(err.at(-1)).toBe('\x1b[1A\x1b[J\x1b[1A');
  });

  it('are events for programs, beside the result or in its place', () => {
    for (const mode of ['json', 'json-lines'] as const) {
      const { out, err } = shown(mode, true);
      const lines = mode === 'json' ? err : out;
      const events = lines.map((line) => JSON.parse(line) as object);
      expect(events).toMatchObject([
        { event: 'progress', text: 'writing', unit: 'bytes', done: 0, total: 100 },
        { event: 'progress', text: 'reading back' },
      ]);
      expect(mode === 'json' ? out : err).toEqual([]);
    }
  });

  it('have no line where the result comes before it, and one when that is late', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const terminal = recordingTerminal();
    const steps = showSteps(terminal, { lineAfter: 2000 });
    steps.begin('quick');
    vi.advanceTimersByTime(1999);
    steps.pause();
    steps.begin('slow');
    vi.advanceTimersByTime(2000);
    steps.pause();
    steps.begin('last');
    steps.end();
    vi.advanceTimersByTime(60_000);
    expect(terminal.errLines).toEqual(['slow']);
  });

  it('are nothing for whoever wants to hear of errors alone', () => {
    expect(shown('quiet', true)).toEqual({ out: [], err: [] });
  });
});
