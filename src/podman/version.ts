/** A version of podman. */
export interface PodmanVersion {
  readonly major: number;
  readonly minor: number;
  /** As podman prints it, `5.4.2` or `6.0.0-dev`. */
  readonly text: string;
}

/** Reads the output of `podman --version`: `podman version 5.4.2`. */
export function parsePodmanVersion(output: string): PodmanVersion | undefined {
  const found = /\b(\d+)\.(\d+)\.\d+\S*/.exec(output);
  if (found === null) return undefined;
  return { major: Number(found[1]), minor: Number(found[2]), text: found[0] };
}

/**
 * The versions of podman, MAJOR.MINOR, that pull machine images from a registry and that podbsd's guest is made for.
 * From 6 on podman adds its own to a `docker://` image without a tag.
 */
export const pullingPodmans: readonly string[] = ['5.4', '5.5', '5.6', '5.7', '5.8', '6.0', '6.1', '6.2'];

/** How podman shares folders with a machine under QEMU: 9P until 5.1, virtio-fs since 5.2. */
export function shareTransport({ major, minor }: PodmanVersion): '9p' | 'virtiofs' {
  return major > 5 || (major === 5 && minor >= 2) ? 'virtiofs' : '9p';
}

/** Whether this podman, if it is known, shares folders by virtio-fs. */
export function usesVirtiofs(version: PodmanVersion | undefined): boolean {
  return version !== undefined && shareTransport(version) === 'virtiofs';
}

/** The oldest QEMU that takes the network device of this podman (`-netdev stream` came with 7.2). */
export function neededQemu({ major }: PodmanVersion): readonly [major: number, minor: number] {
  return major >= 5 ? [7, 2] : [4, 2];
}
