import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { acceleratorArgs, findAccelerator } from '../../src/vm/accelerator.ts';
import { hostArchitecture } from '../../src/vm/architecture.ts';
import { probeAmd64 } from '../../src/vm/probe/probe-amd64.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A program in QEMU's place; each is tried once, since podbsd remembers the outcome. */
async function qemu(script: string): Promise<string> {
  const program = join(await tempDir(), 'qemu');
  await writeFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return program;
}

describe.skipIf(process.platform !== 'linux' || hostArchitecture() !== 'amd64')('the accelerator', () => {
  it('is KVM when the probe has run to its end with it', async () => {
    expect(await findAccelerator('amd64', await qemu('exit 33'))).toBe('kvm');
  });

  it('is emulation when QEMU refuses KVM or is missing', async () => {
    const refuses = 'echo "Could not access KVM kernel module: Permission denied" >&2; exit 1';
    expect(await findAccelerator('amd64', await qemu(refuses))).toBe('tcg');
    expect(await findAccelerator('amd64', '/nonexistent/qemu')).toBe('tcg');
  });

  it('is emulation at once when KVM gives up on the probe, though QEMU stays', async () => {
    const hangs = 'echo "KVM internal error. Suberror: 1" >&2; exec sleep 600';
    expect(await findAccelerator('amd64', await qemu(hangs))).toBe('tcg');
  });

  it('is emulation for the other architecture', async () => {
    expect(await findAccelerator('arm64', await qemu('exit 33'))).toBe('tcg');
  });
});

describe('the probe', () => {
  it.skipIf(missing('gcc', 'ld') !== undefined || process.arch !== 'x64')(
    'is its source, assembled',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'probe-'));
      try {
        const [object, binary] = [join(folder, 'probe.o'), join(folder, 'probe.bin')];
        await execa('gcc', ['-c', '-m32', '-o', object, join(packageRoot, 'src/vm/probe/probe-amd64.S')]);
        await execa('ld', [
          '-m',
          'elf_i386',
          '-Ttext',
          '0x100000',
          '--oformat',
          'binary',
          '-o',
          binary,
          object,
        ]);
        expect(await readFile(binary)).toEqual(probeAmd64);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  );

  it.skipIf(missing('qemu-system-x86_64') !== undefined || hostArchitecture() !== 'amd64')(
    'passes where all instructions work',
    async () => {
      // Emulation knows them all, so this is about the probe and not about this host.
      const kvm = acceleratorArgs('kvm', 'amd64').length;
      const emulating = `shift ${kvm}; exec qemu-system-x86_64 ${acceleratorArgs('tcg', 'amd64').join(' ')} "$@"`;
      expect(await findAccelerator('amd64', await qemu(emulating))).toBe('kvm');
    },
  );
});
