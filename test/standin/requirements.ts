import { ExitCode, PodbsdError } from '../../src/ground/errors.ts';
import { installNeededPackages } from '../support/install.ts';
import { neededPackages } from '../support/packages.ts';
import { findArm64Firmware } from '../../src/vm/firmware.ts';
import { missing } from '../support/programs.ts';
import { arm64, lackingFor, type Processor } from './processor.ts';

/** The host programs that build and boot the stand-in guest. */
const TOOLS = [
  ...['apt-get', 'cpio', 'dpkg-deb', 'flock', 'gcc', 'make', 'readelf'],
  ...['qemu-system-x86_64', 'xz'],
];
const PACKAGES = ['cpio', 'gcc', 'libc6-dev', 'make', 'qemu-system-x86', 'xz-utils'];
/** What the guest of arm64 needs besides. */
const ARM64_PACKAGES = [...Object.values(arm64.needs), 'libc6-dev-arm64-cross', 'qemu-efi-aarch64'];

/** Why the stand-in guest cannot be built on this host, or undefined when it can. */
export function standInUnavailable(): string | undefined {
  if (process.arch !== 'x64') return `the stand-in guest is made of amd64 packages, this is ${process.arch}`;
  return missing(...TOOLS);
}

/** The same for the disk image. */
export function standInDiskUnavailable(): string | undefined {
  return standInUnavailable() ?? missing('mcopy', 'mformat', 'mke2fs', 'qemu-img', 'sgdisk');
}

/** The same for the guest of arm64, which is emulated; its firmware has no program. */
export async function standInArm64Unavailable(): Promise<string | undefined> {
  const reason = standInUnavailable() ?? lackingFor(arm64);
  if (reason !== undefined) return reason;
  return await findArm64Firmware().then(
    () => undefined,
    (error: unknown) => String(error),
  );
}

/** Installs what is missing where it can (root on Debian); otherwise the error says what to install. */
export async function requireRehearsalTools(
  { architecture }: Processor,
  say: (line: string) => void,
): Promise<void> {
  const forArm64 = architecture === 'arm64';
  const packages = forArm64 ? [...PACKAGES, ...ARM64_PACKAGES].sort() : PACKAGES;
  const wanted = neededPackages.filter((needed) => packages.includes(needed.package));
  await installNeededPackages(say, wanted);
  const reason = forArm64 ? await standInArm64Unavailable() : standInUnavailable();
  if (reason === undefined) return;
  throw new PodbsdError({
    doing: 'preparing the rehearsal',
    problem: reason,
    remedy: `it runs on Debian and its relatives; as root: apt-get install ${packages.join(' ')}`,
    exitCode: ExitCode.host,
  });
}
