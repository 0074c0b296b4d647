import { expect, it } from 'vitest';
import { installAdvice, installAllAdvice } from '../../src/ground/install-advice.ts';
import { inspected } from '../doctor/podman/inspected.ts';

// That Debian's own programs obey what is printed is in test/e2e/install-advice.test.ts.
const bookworm = inspected({ osRelease: 'ID=debian\nVERSION_CODENAME=bookworm\n' });

it('says in words what no command installs', () => {
  expect(installAdvice('qemu-img', inspected({ family: undefined }))).toContain("your system's packages");
  expect(installAdvice('gvproxy', inspected({ family: 'arch', osRelease: 'ID=arch\n' }))).toContain(
    'releases',
  );
  expect(installAdvice('virtiofsd', bookworm)).toContain('Debian 13');
  expect(installAllAdvice(['gvproxy', 'qemu-img'], bookworm)).toBe('sudo apt install qemu-utils');
  expect(installAllAdvice(['gvproxy'], bookworm)).toBeUndefined();
});
