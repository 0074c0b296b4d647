/** What is inside an image, as the build knows it. It goes into the manifest and the bill of materials. */
export interface ImageFacts {
  /** FreeBSD's own name of the architecture. */
  readonly architecture: 'amd64' | 'arm64';
  /** Version of podbsd that made the image. */
  readonly podbsdVersion: string;
  /** What it was made of; undefined when a disk of unknown origin is exported. */
  readonly origin?: OriginFacts | undefined;
  /** Undefined when a disk of unknown origin is exported. */
  readonly freebsd?: FreebsdFacts | undefined;
  /** Patches on top of that commit, in the order they were applied. */
  readonly patches?: readonly PatchFacts[] | undefined;
  readonly packages?: readonly PackageFacts[] | undefined;
}

export interface OriginFacts {
  /** `bake`, `poudriere`. */
  readonly recipe: string;
  /** The image or the release that it began with: a path on FreeBSD's mirrors, a file's name, a branch. */
  readonly base: string;
  /** Of that image's file, where it was known. */
  readonly sha256?: string | undefined;
}

export interface FreebsdFacts {
  /** As uname(1) shows it, e.g. `15.1-RELEASE`. */
  readonly version: string;
  /** Full hash of the source tree's commit, when it was built from source. */
  readonly commit?: string | undefined;
}

export interface PatchFacts {
  readonly name: string;
  /** Of the patch file, lower-case hexadecimal. */
  readonly sha256?: string | undefined;
}

export interface PackageFacts {
  readonly name: string;
  readonly version: string;
  /** Category and port, e.g. `sysutils/podman`. */
  readonly origin?: string | undefined;
}
