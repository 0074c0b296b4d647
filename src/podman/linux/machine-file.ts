import { createHash } from 'node:crypto';

/** Length of the tag that podman derives from a volume's target (pkg/machine/vmconfigs, since 5.2). */
const TAG_DIGITS = 36;

/**
 * Tags of the read-only volumes in podman's description of a machine (`NAME.json`). podman 5 and 6 tell `:ro` neither
 * to virtiofsd nor to QEMU; here it stands.
 */
export function readOnlyTags(machineJson: string): Set<string> {
  const { Mounts } = JSON.parse(machineJson) as { Mounts?: readonly unknown[] | null };
  return new Set(
    (Mounts ?? []).flatMap((mount) => {
      const { ReadOnly, Target } = mount as { ReadOnly?: unknown; Target?: unknown };
      return ReadOnly === true && typeof Target === 'string' ? [volumeTag(Target)] : [];
    }),
  );
}

/** The tag of a volume: the first 36 hexadecimal digits of its target's SHA-256. */
export function volumeTag(target: string): string {
  return createHash('sha256').update(target).digest('hex').slice(0, TAG_DIGITS);
}
