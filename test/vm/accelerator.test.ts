import { describe, expect, test } from 'vitest';
import { LocalHost } from '../../src/host/local.ts';
import { findAccelerator } from '../../src/vm/accelerator.ts';
import { hostArchitecture } from '../../src/vm/architecture.ts';

/** This host, on which QEMU prints `stdout` or is not installed. */
class HostWithQemu extends LocalHost {
  readonly #stdout: string | undefined;

  constructor(stdout?: string) {
    super();
    this.#stdout = stdout;
  }

  override async run(): Promise<{ exitCode: number; stdout: string; stderr: string }> {
    if (this.#stdout === undefined) throw new Error('no such program');
    return { exitCode: 0, stdout: this.#stdout, stderr: '' };
  }
}

describe.skipIf(process.platform !== 'linux')('the accelerator on Linux', () => {
  const native = hostArchitecture() ?? 'amd64';
  const foreign = native === 'amd64' ? 'arm64' : 'amd64';

  test('is KVM when a machine runs with it', async () => {
    const host = new HostWithQemu('{"return": {"status": "running", "running": true}}');
    expect(await findAccelerator(host, native)).toBe('kvm');
  });

  test('is emulation when the machine does not run, though KVM could be opened', async () => {
    const host = new HostWithQemu('{"return": {"status": "internal-error", "running": false}}');
    expect(await findAccelerator(host, native)).toBe('tcg');
  });

  test('is emulation when QEMU fails, and for the other architecture', async () => {
    expect(await findAccelerator(new HostWithQemu(), native)).toBe('tcg');
    const host = new HostWithQemu('{"return": {"status": "running", "running": true}}');
    expect(await findAccelerator(host, foreign)).toBe('tcg');
  });
});
