import type { System } from '../system/system.ts';

/** The alias that virtio_console(4) makes for the port that QEMU names; it appears some time after the driver loads. */
const port = '/dev/vtcon/org.fedoraproject.port.0';

/** Waits until the port is there. Answers whether it is. */
export function waitForPort(system: System, seconds: number): boolean {
  const end = system.monotonicMs() + seconds * 1000;
  while (system.lstat(port) === undefined) {
    if (system.monotonicMs() > end) return false;
    system.sleepMs(50);
  }
  return true;
}

/** podman reads one line, once, and waits for it without end. Raw, so that the line goes out as it is, and no echo. */
export function writeToPort(system: System, line: string): void {
  system.appendToTerminal(port, ['/bin/stty', '-f', port, 'raw', '-echo'], `${line}\n`);
}
