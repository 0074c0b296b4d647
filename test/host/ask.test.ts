import { describe, expect, it } from 'vitest';
import { ask, confirms, lacks, refuses } from '../../src/host/ask.ts';
import { DryRunHost } from '../../src/host/dry-run.ts';
import { LocalHost } from '../../src/host/local.ts';

const silent = (): void => undefined;

describe('asking a host', () => {
  const here = new LocalHost();

  it('gives what a program prints, trimmed', async () => {
    expect(await ask(here, ['echo', ' yes '])).toBe('yes');
    expect(await ask(here, ['false'])).toBeUndefined();
    expect(await ask(here, ['podbsd-no-such-program'])).toBeUndefined();
  });

  it.each([here, new DryRunHost(silent, here)])('tells yes from no', async (host) => {
    expect([await confirms(host, ['true']), await refuses(host, ['true'])]).toEqual([true, false]);
    expect([await confirms(host, ['false']), await refuses(host, ['false'])]).toEqual([false, true]);
    expect([await lacks(host, '/'), await lacks(host, '/podbsd/no/such/file')]).toEqual([false, true]);
  });

  it('is answered by nothing where nobody is there: neither yes nor no, neither there nor missing', async () => {
    const printed: string[] = [];
    const nowhere = new DryRunHost((line) => printed.push(line));
    expect(await ask(nowhere, ['echo', 'yes'])).toBeUndefined();
    expect([await confirms(nowhere, ['true']), await refuses(nowhere, ['false'])]).toEqual([false, false]);
    expect(await lacks(nowhere, '/podbsd/no/such/file')).toBe(false);
    expect(printed).toEqual([]);
  });
});

describe('work that needs no program', () => {
  it('is done here and its result handed on', async () => {
    expect(await new LocalHost().perform('count', async () => 3)).toBe(3);
  });

  it('is printed in a dry run, also where there is a host behind it', async () => {
    const printed: string[] = [];
    const host = new DryRunHost((line) => printed.push(line), new LocalHost());
    expect(await host.perform('download it', async () => printed.push('done'))).toBeUndefined();
    expect(printed).toEqual(['# download it']);
  });
});
