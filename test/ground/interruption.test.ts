import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { watchInterruption } from '../../src/ground/interruption.ts';

it.each([
  ['SIGINT', true, true],
  ['SIGTERM', false, true],
  ['SIGHUP', true, true],
  ['SIGHUP', false, false],
] as const)('%s with a terminal: %s; stops: %s', (name, onTerminal, stops) => {
  const process = new EventEmitter();
  const { signal, received } = watchInterruption(process, { onTerminal });
  process.emit(name);
  expect(signal.aborted).toBe(stops);
  expect(received()).toBe(stops ? name : undefined);
});

it('remembers the first of several', () => {
  const process = new EventEmitter();
  const { received } = watchInterruption(process, { onTerminal: true });
  process.emit('SIGTERM');
  process.emit('SIGHUP');
  expect(received()).toBe('SIGTERM');
});
