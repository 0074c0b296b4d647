import { parse } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { dropInForm, dropInText, formOf } from '../../src/podman/drop-in.ts';
import { parsePodmanVersion } from '../../src/podman/version.ts';

describe('the drop-in', () => {
  it("adds a variable and leaves podman's own list of folders alone", () => {
    const text = dropInText('env', `/a "b"`, ['/c']);
    expect(text).toMatch(/^# Made by `podbsd setup-podman`/);
    expect(parse(text)).toEqual({
      engine: { env: ['CONTAINERS_HELPER_BINARY_DIR=/a "b"', { append: true }] },
    });
    expect(formOf(text)).toBe('env');
  });

  it('holds the whole list and no attribute for podman before 4.8', () => {
    const text = dropInText('list', '/a', ['/c', '/a']);
    expect(parse(text)).toEqual({ engine: { helper_binaries_dir: ['/a', '/c'] } });
    expect(formOf(text)).toBe('list');
  });

  it.each([
    ['4.3.1', 'list'],
    ['4.7.2', 'list'],
    ['4.8.0', 'env'],
    ['4.9.5', 'env'],
    ['5.4.2', 'env'],
    ['6.0.0-dev', 'env'],
    ['10.0.0', 'env'],
  ])('has for podman %s the form %s', (version, form) => {
    expect(dropInForm(parsePodmanVersion(`podman version ${version}`))).toBe(form);
  });

  it('is the new one where podman is not there yet', () => {
    expect(dropInForm(undefined)).toBe('env');
  });

  it("is not taken for podbsd's without the first line", () => {
    expect(formOf('[engine]\nenv = []\n')).toBeUndefined();
    expect(formOf(undefined)).toBeUndefined();
  });
});
