import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostArchitecture, qemuProgram } from '../../src/vm/architecture.ts';
import { findQemu, qemuToStart } from '../../src/vm/find-qemu.ts';
import { tempDir } from '../support/temp-dir.ts';

const own = hostArchitecture() ?? 'amd64';
const other = own === 'amd64' ? 'arm64' : 'amd64';

/** A folder with this program. */
async function folderWith(name: string): Promise<string> {
  const folder = join(await tempDir(), 'bin');
  await mkdir(folder);
  await writeFile(join(folder, name), '#!/bin/sh\n');
  await chmod(join(folder, name), 0o755);
  return folder;
}

describe('QEMU on this host', () => {
  it('has the name that Red Hat gives it, for the architecture of the host alone', async () => {
    const redhat = await folderWith('qemu-kvm');
    expect(findQemu(own, ['/nonexistent'], redhat)).toBe(join(redhat, 'qemu-kvm'));
    expect(findQemu(other, ['/nonexistent'], redhat)).toBeUndefined();
    expect(qemuToStart(own, { PATH: redhat })).toBe(join(redhat, 'qemu-kvm'));
  });

  it('goes by its usual name wherever that is in PATH', async () => {
    const usual = await folderWith(qemuProgram(own));
    expect(findQemu(own, [await folderWith('qemu-kvm'), usual])).toBe(join(usual, qemuProgram(own)));
    expect(qemuToStart(own, { PATH: usual })).toBe(qemuProgram(own));
    expect(qemuToStart(other, { PATH: usual })).toBe(qemuProgram(other));
  });
});
