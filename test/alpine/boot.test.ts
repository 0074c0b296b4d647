import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseReport } from '../../src/alpine/guest/address.ts';
import { debianPackagesUnavailable } from '../support/debian.ts';
import { missing } from '../support/programs.ts';
import { bootWithDisks, type BootResult } from './support/boot.ts';
import { create } from './support/fixture.ts';
import { readMembers, type ReadMember } from './support/overlay.ts';

const reason = debianPackagesUnavailable() ?? missing('qemu-system-x86_64', 'busybox', 'cpio', 'xz', 'mcopy');

describe.skipIf(reason !== undefined)('a Linux kernel with the disk of a guest', () => {
  let result: BootResult;
  let entries: ReadMember[];

  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-alpine-'));
    try {
      await create(folder, { shares: [{ tag: 'data', source: '/data', target: '/srv/data' }] });
      const image = join(folder, 'apkovl.img');
      entries = await readMembers(image);
      result = await bootWithDisks(folder, [image]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('finds the overlay on the first partition under its long name and unpacks it', () => {
    expect(result.console).toContain('OVERLAY /media/vda1/docker.apkovl.tar.gz\nUNPACKED\n');
  });

  it('has every file with its mode, owner and content', () => {
    const found = result.console
      .split('\n')
      .filter((line) => line.startsWith('ENTRY '))
      .sort();
    expect(found).toEqual(entries.map(expected).sort());
    expect(found.length).toBeGreaterThan(50);
  });

  it("locks root's password and leaves the other accounts alone", () => {
    expect(result.console).toContain('SHADOW root:*::0::::: bin:!::0:::::');
  });

  it('reports to the host through the virtio port', () => {
    const lines = result.report.split('\n').filter((line) => line !== '');
    expect(lines.length).toBeGreaterThan(0);
    expect(parseReport(lines.at(-1) ?? '')).toEqual({ addresses: [], sshd: 'starting', engine: 'starting' });
  });
});

function expected(entry: ReadMember): string {
  if (entry.kind === 'symlink') return `ENTRY l 0:0 ./${entry.path} -> ${entry.target}`;
  const mode = entry.mode.toString(8);
  if (entry.kind === 'directory') return `ENTRY d ${mode} 0:0 ./${entry.path}`;
  const hash = createHash('sha256').update(entry.content).digest('hex');
  return `ENTRY f ${mode} 0:0 ${hash} ./${entry.path}`;
}
