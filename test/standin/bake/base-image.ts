import { chmod, copyFile, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { packageRoot } from '../../../src/ground/assets.ts';
import { trixiePackages } from '../../support/trixie.ts';
import { baseTree } from '../base.ts';
import { buildDisk } from './disk.ts';
import { debianKernel } from '../kernel.ts';
import { installModules } from '../modules.ts';

/** MiB of the root file system: the guest takes 50, the rest is there to be filled with zeros. */
const ROOT_MIB = 160;

const copying = { recursive: true, verbatimSymlinks: true } as const;

/** Which files of the stand-in are the content of which package. Paths below /usr/local. */
const packages: Readonly<Record<string, readonly string[]>> = {
  bash: ['bin/bash'],
  quickjs: ['bin/qjs'],
  sudo: ['bin/sudo', 'sbin/visudo', 'etc/sudoers'],
  podman: ['bin/podman', 'etc/rc.d/podman_service'],
};

/** What the repository has, by default: origin, name and version. */
const repository = [
  'ports-mgmt/pkg pkg 2.4.2',
  'sysutils/podman podman 5.7.1_1',
  'net/containernetworking-plugins containernetworking-plugins 0.6_2',
  'sysutils/ocijail ocijail 0.6.0',
  'sysutils/conmon conmon 2.1.13_1',
  'sysutils/catatonit catatonit 0.1.7_1',
  'dns/dnsmasq dnsmasq 2.91_1,1',
  'shells/bash bash 5.3.9',
  'security/sudo sudo 1.9.17',
  'security/sudo sudo-sssd 1.9.17',
  'security/ca_root_nss ca_root_nss 3.119',
  'lang/quickjs quickjs 2025.04.26',
  'sysutils/firstboot-freebsd-update firstboot-freebsd-update 1.4',
];

const builderPackages: Readonly<Record<string, readonly string[]>> = {
  poudriere: ['bin/poudriere'],
  'git-lite': ['bin/git'],
};
const builderRepository = ['ports-mgmt/poudriere poudriere 3.4.4', 'devel/git git-lite 2.52.0'];

export interface BaseOptions {
  /** Replaces lines of the repository, by origin. */
  readonly versions?: Readonly<Record<string, string>>;
  /** Says that it is on ZFS, and has the packages of a machine that Poudriere works in. */
  readonly builder?: boolean;
  /** A base without p9fs, like FreeBSD 14.3. */
  readonly withoutP9fs?: boolean;
}

/**
 * Makes a raw disk that plays FreeBSD's BASIC-CLOUDINIT image: Debian's kernel with FreeBSD's paths, a first boot that
 * reads a NoCloud seed, sshd that refuses root, pkg with a repository, and nothing of podbsd.
 *
 * @param scratch a folder for what is made on the way.
 */
export async function buildBaseImage(
  file: string,
  scratch: string,
  options: BaseOptions = {},
): Promise<void> {
  const tree = join(scratch, 'tree');
  await cp(await baseTree(), tree, copying);
  await cp(join(packageRoot, 'test/doubles/freebsd'), tree, copying);
  await cp(join(packageRoot, 'test/doubles/bake'), tree, copying);
  await rm(join(tree, 'README.md'));
  if (options.builder === true) await layBuilder(tree);
  await compile(tree, scratch);
  await moveIntoPackages(tree, { ...packages, ...(options.builder === true ? builderPackages : {}) });
  const offers = [...repository, ...(options.builder === true ? builderRepository : [])];
  const lines = offers.map((line) => {
    const [origin = '', name = '', version = ''] = line.split(' ');
    return `${origin} ${name} ${options.versions?.[origin] ?? version}`;
  });
  await writeFile(join(tree, 'libexec/standin/repository'), `${lines.join('\n')}\n`);
  if (options.withoutP9fs !== true)
    for (const module of ['p9fs', 'virtio_p9fs']) await write(join(tree, `boot/kernel/${module}.ko`), '');
  for (const folder of ['etc/rc.conf.d', 'boot/loader.conf.d', 'var/cache', 'var/mail', 'var/tmp'])
    await mkdir(join(tree, folder), { recursive: true });
  // Debian's sshd looks for its folder here. The image's overlay brings the same link.
  await symlink('var/run', join(tree, 'run'));
  await writePasswd(tree);
  await write(join(tree, 'etc/machine-id'), '0123456789abcdef0123456789abcdef\n');
  await write(join(tree, 'firstboot'), '');
  await buildDisk(tree, file, ROOT_MIB);
}

/** What the cloud image has beside a plain FreeBSD: make, the compiled podbsd-native, nuageinit and what reads the seed. */
async function compile(tree: string, scratch: string): Promise<void> {
  const make = await trixiePackages(['make']);
  await copyFile(join(make, 'usr/bin/make'), join(tree, 'usr/bin/make'));
  await symlink('/libexec/standin/busybox', join(tree, 'usr/bin/truncate'));
  // The engine of the doubles; the guest's own comes with a package.
  await copyFile(join(tree, 'usr/local/bin/qjs'), join(tree, 'libexec/standin/qjs'));
  const bundle = join(scratch, 'nuageinit.js');
  await build({
    entryPoints: [join(packageRoot, 'test/standin/bake/nuageinit.js')],
    outfile: bundle,
    bundle: true,
    format: 'esm',
    target: 'es2020',
    external: ['std', 'os'],
    logLevel: 'silent',
  });
  await write(
    join(tree, 'usr/libexec/nuageinit'),
    `#!/libexec/standin/qjs -m\n${await readFile(bundle, 'utf8')}`,
  );
  await chmod(join(tree, 'usr/libexec/nuageinit'), 0o755);
  await installModules(await debianKernel(), join(tree, 'libexec/standin/fat'), {
    fat: ['nls_cp437', 'nls_iso8859_1', 'nls_ascii', 'vfat'],
  });
  const source = join(packageRoot, 'ignition/native');
  const files = ['main.c', 'fwcfg.c', 'with_socket.c', 'device_linux.c'].map((name) => join(source, name));
  await execa('gcc', ['-O1', '-o', join(tree, 'libexec/standin/podbsd-native'), ...files]);
  const service = join(packageRoot, 'test/standin/api-service.c');
  await execa('gcc', ['-O1', '-o', join(tree, 'usr/local/bin/podman'), service]);
}

/** What pwd_mkdb(8) makes of master.passwd: the C library of the stand-in reads nothing else. */
async function writePasswd(tree: string): Promise<void> {
  const master = await readFile(join(tree, 'etc/master.passwd'), 'utf8');
  const lines = master.split('\n').map((line) => {
    const [name, , uid, gid, , , , gecos, home, shell] = line.split(':');
    return name === '' || line === '' ? '' : [name, 'x', uid, gid, gecos, home, shell].join(':');
  });
  await writeFile(join(tree, 'etc/passwd'), lines.join('\n'));
}

async function layBuilder(tree: string): Promise<void> {
  for (const name of ['mount', 'sysctl'])
    await rename(join(tree, 'sbin', name), join(tree, 'libexec/standin', `${name}.plain`));
  // A link to busybox would be written through.
  await rm(join(tree, 'bin/uname'), { force: true });
  await cp(join(packageRoot, 'test/doubles/builder-vm'), tree, copying);
  await rm(join(tree, 'README.md'));
}

async function moveIntoPackages(
  tree: string,
  contents: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  for (const [name, files] of Object.entries(contents))
    for (const file of files) {
      const to = join(tree, 'libexec/standin/packages', name, file);
      await mkdir(dirname(to), { recursive: true });
      await rename(join(tree, 'usr/local', file), to);
    }
}

async function write(file: string, content: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
