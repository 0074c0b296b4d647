import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { debianPackagesUnavailable } from '../../support/debian.ts';
import { quickjs } from '../../support/quickjs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { bundleForQuickjs } from '../containers/support/under-quickjs.ts';

/** Counts the lines of a program, and is busy for a second after each two thousand. */
const busyReader = `
import { engineModule } from './system/engine-module.ts';
import { QuickjsEvents } from './system/quickjs-events.ts';
const os = await engineModule('os');
let count = 0;
const code = await new Promise((resolve) => {
  new QuickjsEvents().start(['/usr/bin/seq', '10000'], {
    onLine: () => { if (++count % 2000 === 0) os.sleep(1000); },
    onExit: resolve,
  });
});
console.log(count + ' lines, exit code ' + code);
`;

describe.skipIf(debianPackagesUnavailable() !== undefined)('a program that runs beside the agent', () => {
  it('is read to its end, however long it has been gone by then', async () => {
    const script = join(await tempDir(), 'reader.js');
    await bundleForQuickjs(busyReader, script);
    const [loader, ...rest] = await quickjs();
    const { stdout } = await execa(loader, [...rest, '-m', script]);
    expect(stdout).toBe('10000 lines, exit code 0');
  });
});
