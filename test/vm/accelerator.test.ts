import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import type { Argv, RunOptions, RunResult } from '../../src/host/host.ts';
import { LocalHost } from '../../src/host/local.ts';
import { acceleratorArgs, findAccelerator } from '../../src/vm/accelerator.ts';
import { hostArchitecture } from '../../src/vm/architecture.ts';
import { probeAmd64 } from '../../src/vm/probe/probe-amd64.ts';
import { missing } from '../support/programs.ts';

/** This host, on which QEMU is replaced by a function. */
class HostWithQemu extends LocalHost {
  readonly #qemu: (options: RunOptions) => Promise<RunResult>;

  constructor(qemu: (options: RunOptions) => Promise<RunResult>) {
    super();
    this.#qemu = qemu;
  }

  override async run(_argv: Argv, options: RunOptions = {}): Promise<RunResult> {
    return await this.#qemu(options);
  }
}

/** This host, on which what is meant for KVM is emulated. */
class EmulatingHost extends LocalHost {
  override async run([program, ...args]: Argv, options?: RunOptions): Promise<RunResult> {
    const kvm = acceleratorArgs('kvm');
    const others = args.filter((word) => !kvm.includes(word));
    return await super.run([program, ...acceleratorArgs('tcg'), ...others], options);
  }
}

const passes = new HostWithQemu(async () => ({ exitCode: 33, stdout: '', stderr: '' }));

describe.skipIf(process.platform !== 'linux' || hostArchitecture() !== 'amd64')('the accelerator', () => {
  test('is KVM when the probe has run to its end with it', async () => {
    expect(await findAccelerator(passes, 'amd64')).toBe('kvm');
  });

  test('is emulation when QEMU refuses KVM or is missing', async () => {
    const refuses = new HostWithQemu(async () => {
      throw new Error('Could not access KVM kernel module: Permission denied');
    });
    expect(await findAccelerator(refuses, 'amd64')).toBe('tcg');
  });

  test('is emulation at once when KVM gives up on the probe, though QEMU stays', async () => {
    const hangs = new HostWithQemu(
      async ({ onLine, signal }) =>
        await new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('stopped on request')));
          onLine?.('KVM internal error. Suberror: 1', 'stderr');
        }),
    );
    expect(await findAccelerator(hangs, 'amd64')).toBe('tcg');
  });

  test('is emulation for the other architecture', async () => {
    expect(await findAccelerator(passes, 'arm64')).toBe('tcg');
  });
});

describe('the probe', () => {
  test.skipIf(missing('gcc', 'ld') !== undefined || process.arch !== 'x64')(
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

  test.skipIf(missing('qemu-system-x86_64') !== undefined || hostArchitecture() !== 'amd64')(
    'passes where all instructions work',
    async () => {
      // Emulation knows them all, so this is about the probe and not about this host.
      expect(await findAccelerator(new EmulatingHost(), 'amd64')).toBe('kvm');
    },
  );
});
