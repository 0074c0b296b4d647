import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/ground/assets.ts';
import { overlayFiles, type OverlayFile } from '../../src/recipes/bake/overlay-files.ts';
import { parseRcConf } from '../../src/recipes/bake/rc-conf.ts';
import { shippedFile, shippedList } from '../../src/recipes/shared/shipped.ts';
import { HandMachine } from './hand-machine.ts';
import { secondsOf } from './seconds.ts';

/** Seconds that something real takes for what a stage does, and what that is. */
export interface ByHand {
  readonly seconds: number;
  readonly against: string;
}

/**
 * The stages of a bake that work inside the machine, by hand, in the same order and in one boot of the same base.
 * `overlay-before` is the overlay as podbsd did it before: each file and each line of rc.conf by itself.
 *
 * @param made the folder of the finished bake.
 */
export async function stagesByHand(
  folder: string,
  { base, size, made }: { readonly base: string; readonly size: string; readonly made: string },
): Promise<Readonly<Record<string, ByHand>>> {
  const files = (await overlayFiles('amd64')).filter(({ path }) => path !== '/firstboot');
  const settings = parseRcConf(await shippedFile('image/overlay/etc/rc.conf'));
  const lines = settings.map(({ name, value }) => `${name}='${value}'`);
  const plain = await writePlain(join(folder, 'overlay'), files);
  const packages = await packageNames(join(made, 'packages.json'));
  const traces = await shippedList('image/bake/traces');
  const zeros = '/var/tmp/podbsd-zeros';

  let machine: HandMachine | undefined;
  const inside = (): HandMachine => {
    if (machine === undefined) throw new Error('the machine was not booted');
    return machine;
  };
  try {
    const boot = await secondsOf(async () => {
      machine = await HandMachine.boot(folder, base, size, join(made, 'seed'));
      await inside().ssh('service growfs onestart; sync');
    });
    const install = await secondsOf(() =>
      inside().ssh(`pkg bootstrap -y && pkg update && pkg install -y ${packages.join(' ')} && sync`),
    );
    const guest = await secondsOf(() => installGuest(inside(), folder));
    const before = await secondsOf(async () => {
      const folders = [...new Set(files.map(({ path }) => dirname(path)))];
      await inside().ssh(`mkdir -p ${folders.join(' ')}`);
      for (const file of files)
        if (file.kind === 'link') await inside().ssh(`ln -sfn '${file.target}' '${file.path}'`);
        else if (file.path !== '/etc/rc.conf') await inside().scp([join(plain, file.path)], file.path);
      for (const line of lines) await inside().ssh(`sysrc ${line}`);
      await inside().ssh('sync');
    });
    const overlay = await secondsOf(async () => {
      const { stdout } = await execa('tar', ['-C', plain, '--exclude=./etc/rc.conf', '-cf', '-', '.'], {
        encoding: 'buffer',
      });
      await inside().ssh('tar -xpf - -C /', stdout);
      await inside().ssh(`sysrc ${lines.join(' ')}; sync`);
    });
    const seal = await secondsOf(async () => {
      await inside()
        .ssh(
          [
            'service cron onestop; service syslogd onestop; pkg clean -a -y',
            `rm -rf ${traces.join(' ')}; find /var/log -type f -exec truncate -s 0 {} +`,
            `dd if=/dev/zero of=${zeros} bs=1048576; sync; rm -f ${zeros}; sync; shutdown -p now`,
          ].join('\n'),
        )
        .catch(() => undefined);
      await inside().off();
    });
    return {
      boot: {
        seconds: boot,
        against: 'QEMU on the same base, until ssh runs a command after the first boot',
      },
      packages: { seconds: install, against: 'ssh pkg install of all, in one call' },
      guest: { seconds: guest, against: 'esbuild, scp -r of the sources, ssh make install' },
      overlay: {
        seconds: overlay,
        against: `tar of ${files.length} files into ssh tar, ssh sysrc of all lines`,
      },
      'overlay-before': {
        seconds: before,
        against: `as before (goal 0.50): scp for each of ${files.length} files, ssh sysrc for each of ${lines.length} lines`,
      },
      seal: {
        seconds: seal,
        against: 'the same commands in one ssh call, on a disk that stores the zeros, as before (goal 0.50)',
      },
    };
  } finally {
    await machine?.kill();
  }
}

/** podbsd's part of the guest, built and installed by its Makefile. */
async function installGuest(machine: HandMachine, folder: string): Promise<void> {
  const source = join(packageRoot, 'ignition');
  const agent = join(folder, 'podbsd-agent');
  const [entry, ...options] = ['src/main.ts', '--bundle', '--format=esm', '--target=es2023'] as const;
  const external = ['--external:std', '--external:os', '--log-level=error'];
  await execa('esbuild', [join(source, entry), ...options, ...external, `--outfile=${agent}`], {
    preferLocal: true,
    localDir: packageRoot,
  });
  // As bundleAgent() has it: the engine is named in the first line.
  await writeFile(agent, `#!/usr/local/bin/qjs -m\n${await readFile(agent, 'utf8')}`, { mode: 0o755 });
  const parts = ['Makefile', 'bin', 'native', 'rc.d', 'service', 'sudoers.d'].map((part) =>
    join(source, part),
  );
  await machine.ssh('mkdir -p /var/tmp/by-hand');
  await machine.scp([...parts, agent], '/var/tmp/by-hand/');
  await machine.ssh(
    'make -C /var/tmp/by-hand AGENT=/var/tmp/by-hand/podbsd-agent install && rm -rf /var/tmp/by-hand && sync',
  );
}

/** The overlay as files of this computer. */
async function writePlain(folder: string, files: readonly OverlayFile[]): Promise<string> {
  for (const file of files) {
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    if (file.kind === 'link') await symlink(file.target, path);
    else await writeFile(path, file.content, { mode: file.mode });
  }
  return folder;
}

async function packageNames(file: string): Promise<readonly string[]> {
  const packages = JSON.parse(await readFile(file, 'utf8')) as readonly { readonly name: string }[];
  return packages.map(({ name }) => name).filter((name) => name !== 'pkg');
}
