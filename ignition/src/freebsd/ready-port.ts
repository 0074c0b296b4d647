import type { System } from '../system/system.ts';

/** The alias that virtio_console(4) makes for the port that QEMU names; it appears some time after the driver loads. */
const port = '/dev/vtcon/org.fedoraproject.port.0';

/** Waits until the port is there. Answers whether it is. */
export function waitForPort(system: System, seconds: number): boolean {
  const end = system.monotonicMs() + seconds * 1000;
  while (system.lstat(port) === undefined) {
    if (system.monotonicMs() > end) return false;
    system.sleepMs(250);
  }
  return true;
}

/** podman reads one line, once, and waits for it without end. */
export function writeToPort(system: System, line: string): void {
  // It is a terminal, which would echo what the host sends and turn line ends into two characters.
  system.run(['/usr/bin/stty', '-f', port, 'raw', '-echo']);
  system.append(port, `${line}\n`);
}
