import { describe, expect, it } from 'vitest';
import { readMountUnit } from '../../../ignition/src/plan/mount-unit.ts';

const unit = (lines: string): string =>
  `[Unit]\nDescription=x\n\n[Mount]\n${lines}\n\n[Install]\nWantedBy=local-fs.target\n`;

describe('mount units of podman 6', () => {
  it('name tag, folder and type', () => {
    const lines = 'What=96b53\nWhere=/srv/data\nType=virtiofs\nOptions=context="system_u:object_r:nfs_t:s0"';
    expect(readMountUnit(unit(lines))).toEqual({
      what: '96b53',
      where: '/srv/data',
      type: 'virtiofs',
      readOnly: false,
    });
  });

  it.each([
    ['/my folder', '"/my folder"'],
    ['/my folder', '/my\\x20folder'],
    ['/my folder', '/my\\sfolder'],
    ['/100%', '/100%%'],
    ['/home', '/home/'],
    ['/srv/data', '//srv//data/'],
    ['/my folder', '/my folder'],
  ])('may name %s as %s', (where, text) => {
    expect(readMountUnit(unit(`What=t\nWhere=${text}\nType=9p`))).toMatchObject({ where });
  });

  it.each(['ro', 'context="x",ro', 'ro,nosuid'])('may be read-only: %s', (options) => {
    expect(readMountUnit(unit(`What=t\nWhere=/a\nOptions=${options}`))).toMatchObject({ readOnly: true });
  });

  it.each([
    'What=t',
    'Where=/a',
    'What=t\nWhere=a',
    'What=t\nWhere=/a/../etc',
    'What=t\nWhere=/a\\nb',
    '#What=t\nWhere=/a',
  ])('are refused without either, or with a strange one: %j', (lines) => {
    expect(readMountUnit(unit(lines))).toHaveProperty('problem');
  });

  it('take nothing from other sections', () => {
    expect(readMountUnit('[Unit]\nWhat=t\nWhere=/a\n')).toHaveProperty('problem');
  });
});
