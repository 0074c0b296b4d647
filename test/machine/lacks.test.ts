import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lackError } from '../../src/ground/lack/lack.ts';
import { initLacks } from '../../src/machine/lacks.ts';
import { hostArchitecture, qemuProgram } from '../../src/vm/architecture.ts';
import { lackOfFirmware } from '../../src/vm/firmware.ts';
import { mbrSector } from '../disk/sample-disk.ts';
import { tempDir } from '../support/temp-dir.ts';

const own = hostArchitecture() ?? 'amd64';
const other = own === 'amd64' ? 'arm64' : 'amd64';

it.skipIf((await lackOfFirmware(other)) !== undefined)(
  'a host that has the QEMU of another architecture alone can make a machine of an image, but none without',
  async () => {
    const folder = await tempDir();
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const name of [qemuProgram(other), 'qemu-img', 'ps'])
      await writeFile(join(bin, name), '#!/bin/sh\n', { mode: 0o755 });
    const image = join(folder, 'image.raw');
    await writeFile(image, mbrSector());
    const places = { data: join(folder, 'data'), runtime: join(folder, 'run') };
    const lacks = async (given: string | undefined, ...sources: readonly string[]) =>
      lackError(
        'test',
        await initLacks(
          places,
          {
            ...{ provider: 'qemu', network: 'user', image: given },
            volumes: sources.map((source) => ({ source, target: '/x', readOnly: false })),
          },
          { PATH: bin },
        ),
      )?.message;
    expect(await lacks(image)).toBeUndefined();
    expect(await lacks(image, folder)).toBeUndefined();
    expect(await lacks(image, join(folder, 'none'))).toContain('which the machine shares, does not exist');
    expect(await lacks(undefined)).toContain(`${qemuProgram(own)} is not installed`);
  },
);
