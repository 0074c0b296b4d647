import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { HELPER_FOLDERS, folderListText } from '../../../src/podman/linux/helper-folders.ts';
import { findVirtiofsd } from '../../../src/podman/linux/real-virtiofsd.ts';
import { missing } from '../../support/programs.ts';
import { podman5 } from './command-lines.ts';
import { calls, installFake, installHelpers } from './installed-helpers.ts';
import {
  folder,
  helpers,
  makeDisk,
  path,
  places,
  qemuReport,
  runQemu,
  setPath,
  startVirtiofsd,
  tags,
  usePlace,
} from './place.ts';

// The test is podman: it starts virtiofsd in each volume's folder, waits for the socket, and then starts QEMU.
describe.skipIf(missing('sgdisk', 'qemu-img') !== undefined)('the programs that the helpers become', () => {
  usePlace();

  const installed = findVirtiofsd([], '/nowhere');
  it.skipIf(installed !== undefined)(
    'say so when a Linux machine needs virtiofsd and there is none',
    async () => {
      await makeDisk('linux', 'bsd-amd64.qcow2');
      await fs.rm(join(folder, 'libexec', 'virtiofsd'));
      await startVirtiofsd(0, join(folder, 'one'));
      const result = await execa(join(helpers, 'qemu-system-x86_64'), podman5(places, tags.slice(0, 1)), {
        env: { PATH: path },
        reject: false,
      });
      expect([result.exitCode, result.stderr]).toEqual([
        1,
        expect.stringContaining('virtiofsd is not installed'),
      ]);
      expect(await calls(qemuReport())).toEqual([]);
    },
  );

  it("become the user's own QEMU and virtiofsd, which podman has found before", async () => {
    await makeDisk('linux', 'bsd-amd64.qcow2');
    const mine = join(folder, 'mine');
    const reports = { qemu: join(folder, 'my-qemu-calls'), virtiofsd: join(folder, 'my-virtiofsd-calls') };
    await installFake(join(mine, 'qemu-system-x86_64'), reports.qemu);
    await installFake(join(mine, 'virtiofsd'), reports.virtiofsd);
    await fs.writeFile(join(helpers, 'lib', HELPER_FOLDERS), folderListText(['/nowhere', mine]));
    await startVirtiofsd(0, join(folder, 'one'));
    await execa(join(helpers, 'qemu-system-x86_64'), podman5(places, tags.slice(0, 1)), {
      env: { PATH: path },
    });
    expect(await calls(reports.qemu)).toHaveLength(1);
    expect(await calls(reports.virtiofsd)).toHaveLength(1);
    expect(await calls(qemuReport())).toEqual([]);
    process.kill((await calls(reports.virtiofsd))[0]?.pid ?? 0);
  });

  it('never become helpers of podbsd that lie elsewhere', async () => {
    const others = join(folder, 'others');
    await installHelpers(others);
    setPath(others, path);
    const line = podman5(places, []);
    expect((await runQemu(line)).argv).toEqual(line);
  });

  it('know QEMU under the name that Red Hat gives it, for the architecture of the host', async () => {
    // An architecture that no QEMU of this host is for.
    const redhat = join(folder, 'redhat');
    await installFake(join(redhat, 'qemu-kvm'), qemuReport());
    await fs.writeFile(join(redhat, 'uname'), '#!/bin/sh\necho strange\n', { mode: 0o755 });
    await fs.rename(join(helpers, 'qemu-system-x86_64'), join(helpers, 'qemu-system-strange'));
    await execa(join(helpers, 'qemu-system-strange'), ['--version'], {
      env: { PATH: redhat },
      extendEnv: false,
    });
    expect(await calls(qemuReport())).toHaveLength(1);
    await fs.rename(join(helpers, 'qemu-system-strange'), join(helpers, 'qemu-system-foreign'));
    const foreign = await execa(join(helpers, 'qemu-system-foreign'), [], {
      env: { PATH: redhat },
      extendEnv: false,
      reject: false,
    });
    expect(foreign.exitCode).toBe(127);
  });

  it('say so when QEMU is not installed', async () => {
    await fs.rename(join(helpers, 'qemu-system-x86_64'), join(helpers, 'qemu-system-none'));
    const result = await execa(join(helpers, 'qemu-system-none'), [], { env: { PATH: path }, reject: false });
    expect([result.exitCode, result.stderr]).toEqual([
      127,
      expect.stringContaining('qemu-system-none is not installed'),
    ]);
  });
});
