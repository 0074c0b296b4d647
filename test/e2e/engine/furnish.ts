import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { bundleAgent } from '../../../src/bundles/agent.ts';
import type { Suite } from '../../support/debian.ts';

/** Of busybox under the names of its programs. */
export const image = 'localhost/busybox';
const applets = ['sh', 'sleep', 'cat', 'test', 'touch', 'rm', 'nslookup', 'nc', 'true', 'false', 'echo'];

export interface EngineKind {
  readonly suite: Suite;
  /** `cni` as on FreeBSD, which podman has up to 4 on Linux, too. */
  readonly network: 'cni' | 'netavark';
  /** Whether /bin and the like are links into /usr. */
  readonly merged: boolean;
  /** Beside podman and what every engine has. */
  readonly packages: readonly string[];
}

/** podman 4.3.1, whose code for CNI is the one that podman 5.8 has on FreeBSD. */
export const cniEngine: EngineKind = {
  suite: 'bookworm',
  network: 'cni',
  merged: false,
  packages: ['containernetworking-plugins', 'dnsmasq-base'],
};

/** podman 5.8, the guest's version, without CNI. */
export const currentEngine: EngineKind = {
  suite: 'forky',
  network: 'netavark',
  merged: true,
  packages: ['netavark', 'aardvark-dns', 'nftables', 'docker-compose', 'podman-compose'],
};

/**
 * FreeBSD's commands that podbsd's programs run in the guest, as far as they use them, and the engine that runs these
 * programs.
 */
const commands: Readonly<Record<string, string>> = {
  'usr/bin/lockf': '[ "$1 $2 $3" = "-k -s -t" ] || exit 64\nexec flock -w "$4" "$5" "$6"',
  'usr/local/sbin/sysctl':
    '[ "$*" = "-n kern.boot_id" ] || exit 64\nexec cat /proc/sys/kernel/random/boot_id',
  'usr/local/bin/qjs': [
    'lib=/quickjs/usr/lib/$(uname -m)-linux-gnu',
    'exec "$lib"/ld-linux-*.so.* --library-path "$lib" /quickjs/usr/bin/qjs "$@"',
  ].join('\n'),
};

const links: Readonly<Record<string, string>> = {
  'var/run': '/run',
  'usr/local/bin/podman': '/usr/bin/podman',
  'usr/local/sbin/dnsmasq': '/usr/sbin/dnsmasq',
  'sbin/sysctl': '/usr/local/sbin/sysctl',
  // Debian's package makes them when it is installed.
  'usr/local/sbin/iptables': '/usr/sbin/xtables-nft-multi',
  'usr/local/sbin/ip6tables': '/usr/sbin/xtables-nft-multi',
  'usr/local/lib/cni/dnsname': '../../libexec/podbsd/podbsd-agent',
  'usr/local/libexec/podbsd/podbsd-health': 'podbsd-agent',
};

const storageConf = `[storage]
driver = "vfs"
graphroot = "/var/lib/containers/storage"
runroot = "/run/containers/storage"
`;

/** As little of the kernel as there can be: neither cgroups nor limits are the test's to set. */
const containersConf = (network: string): string => `[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
infra_image = "${image}"
infra_command = "/bin/sleep 2147483647"
[containers]
cgroups = "disabled"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[network]
network_backend = "${network}"
cni_plugin_dirs = ["/usr/local/lib/cni", "/usr/lib/cni"]
`;

/** What lies over the packages: podman's settings, and podbsd's programs in the places that they have in the guest. */
export async function furnish(parts: string, { network, merged }: EngineKind): Promise<void> {
  const place = async (path: string): Promise<string> => {
    // Where /sbin is a link to /usr/sbin, a folder of that name would hide all of it.
    const inside = join(parts, merged ? path.replace(/^sbin/, 'usr/sbin') : path);
    await mkdir(dirname(inside), { recursive: true });
    return inside;
  };
  const put = async (path: string, text: string, mode = 0o644): Promise<void> => {
    const inside = await place(path);
    await writeFile(inside, text);
    await chmod(inside, mode);
  };
  await put('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
  await put('etc/group', 'root:x:0:\nnogroup:x:65534:\n');
  // There is no way to it: whoever asks is told at once.
  await put('etc/resolv.conf', 'nameserver 192.0.2.53\n');
  await put('etc/containers/policy.json', '{"default": [{"type": "insecureAcceptAnything"}]}\n');
  await put('etc/containers/storage.conf', storageConf);
  await put('etc/containers/containers.conf', containersConf(network));
  for (const [path, script] of Object.entries(commands)) await put(path, `#!/bin/sh\n${script}\n`, 0o755);
  for (const [path, target] of Object.entries(links)) await symlink(target, await place(path));
  await bundleAgent(await place('usr/local/libexec/podbsd/podbsd-agent'));
  for (const name of ['var/log', 'var/tmp']) await mkdir(join(parts, name), { recursive: true });
  await packImage(parts);
}

async function packImage(parts: string): Promise<void> {
  const root = join(parts, 'image');
  for (const name of ['bin', 'etc', 'tmp']) await mkdir(join(root, name), { recursive: true });
  await cp('/bin/busybox', join(root, 'bin/busybox'));
  for (const name of applets) await symlink('busybox', join(root, 'bin', name));
  await execa('tar', ['-C', root, '-cf', join(parts, 'image.tar'), '.']);
}
