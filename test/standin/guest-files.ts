import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { packageRoot } from '../../src/ground/assets.ts';
import { bundleAgent } from '../../src/bundles/agent.ts';
import { amd64, type Processor } from './processor.ts';

const copying = { recursive: true, verbatimSymlinks: true } as const;

/**
 * The part of the stand-in guest that is podbsd's: the doubles, the image's overlay, and the agent as `make install` puts
 * it into an image.
 *
 * @param scratch a folder for what is compiled.
 */
export async function installGuestFiles(folder: string, scratch: string, processor = amd64): Promise<void> {
  await cp(join(packageRoot, 'test/doubles/freebsd'), folder, copying);
  await publishAccounts(folder);
  // Later, so that what the image brings replaces what a plain FreeBSD has.
  await cp(join(packageRoot, 'image/overlay'), folder, copying);
  await installAgent(folder, scratch, processor);
  const service = join(folder, 'usr/local/bin/podman');
  await mkdir(join(folder, 'usr/local/bin'), { recursive: true });
  await execa(processor.compiler, [
    '-O1',
    '-Wall',
    '-o',
    service,
    join(packageRoot, 'test/standin/api-service.c'),
  ]);
}

/** What pwd_mkdb(8) does on FreeBSD, for Linux's C library. */
async function publishAccounts(folder: string): Promise<void> {
  const master = await readFile(join(folder, 'etc/master.passwd'), 'utf8');
  const accounts = master
    .trimEnd()
    .split('\n')
    .map((line) => line.split(':'));
  const passwd = accounts.map(([name, , uid, gid, , , , ...rest]) =>
    [name, 'x', uid, gid, ...rest].join(':'),
  );
  const shadow = accounts.map(([name, password]) => `${name ?? ''}:${password ?? ''}:19000:0:99999:7:::`);
  await writeFile(join(folder, 'etc/passwd'), `${passwd.join('\n')}\n`);
  await writeFile(join(folder, 'etc/shadow'), `${shadow.join('\n')}\n`, { mode: 0o600 });
}

async function installAgent(folder: string, scratch: string, { compiler }: Processor): Promise<void> {
  // Copied, because make leaves what it compiles beside the source.
  const source = join(scratch, 'ignition');
  for (const part of ['Makefile', 'bin', 'native', 'rc.d', 'service', 'sudoers.d'])
    await cp(join(packageRoot, 'ignition', part), join(source, part), { recursive: true });
  const agent = join(scratch, 'podbsd-agent');
  await bundleAgent(agent);
  await execa('make', ['-C', source, 'install', `CC=${compiler}`, `AGENT=${agent}`, `DESTDIR=${folder}`]);
}
