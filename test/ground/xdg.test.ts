import { describe, expect, it } from 'vitest';
import { cacheHome, configHome, dataHome, home, runtimeDir } from '../../src/ground/xdg.ts';

describe('the XDG folders', () => {
  const env = { HOME: '/home/u' };

  it('lie below the home by default', () => {
    expect(configHome(env)).toBe('/home/u/.config');
    expect(dataHome(env)).toBe('/home/u/.local/share');
    expect(cacheHome(env)).toBe('/home/u/.cache');
    expect(runtimeDir(env)).toBeUndefined();
  });

  it.each(['', 'relative', './here'])('take no notice of the value "%s"', (value) => {
    expect(configHome({ ...env, XDG_CONFIG_HOME: value })).toBe('/home/u/.config');
    expect(runtimeDir({ ...env, XDG_RUNTIME_DIR: value })).toBeUndefined();
  });

  it('are where the variables say', () => {
    expect(dataHome({ ...env, XDG_DATA_HOME: '/data' })).toBe('/data');
    expect(cacheHome({ ...env, XDG_CACHE_HOME: '/cache' })).toBe('/cache');
    expect(runtimeDir({ ...env, XDG_RUNTIME_DIR: '/run/user/1' })).toBe('/run/user/1');
  });

  it('take the account database where HOME is not set', () => {
    expect(home({})).toMatch(/^\//);
  });
});
