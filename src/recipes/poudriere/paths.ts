import type { BuildConfig } from '../../config/build.ts';
import { namesOf, type PoudriereNames } from './names.ts';

/** Where everything lies below a build directory. All absolute, all on the build host. */
export interface BuildPaths {
  readonly directory: string;
  readonly names: PoudriereNames;
  /** Poudriere's etc directory (`poudriere -e`). */
  readonly etc: string;
  /** `poudriere.d` in it: metadata of jails and trees, make.conf and src.conf files. */
  readonly etcd: string;
  /** BASEFS. */
  readonly base: string;
  readonly data: string;
  readonly distfiles: string;
  readonly source: string;
  readonly obj: string;
  readonly patch: string;
  readonly ports: string;
  readonly overlayPorts: string;
  readonly packageList: string;
  /** The packages that are in the repository, with versions, as JSON. */
  readonly packageFacts: string;
  /** Packages: `.latest` in it is the newest finished repository. */
  readonly packages: string;
  readonly bulkLogs: string;
  /** The tree laid over the image. */
  readonly overlay: string;
  readonly excludes: string;
  /** What `poudriere image` writes while it works. */
  readonly imageWork: string;
  /** Output and exit status of programs that work for long, while they do. */
  readonly running: string;
  readonly image: string;
  readonly jailMeta: string;
  readonly portsMeta: string;
}

/** Of a build directory and its dataset, `[build] directory` and `dataset` of the configuration. */
export function buildPaths({ directory, dataset }: Pick<BuildConfig, 'directory' | 'dataset'>): BuildPaths {
  const names = namesOf(dataset);
  const etc = `${directory}/etc`;
  const etcd = `${etc}/poudriere.d`;
  const base = `${directory}/poudriere`;
  const data = `${base}/data`;
  return {
    directory,
    names,
    etc,
    etcd,
    base,
    data,
    distfiles: `${directory}/distfiles`,
    source: `${directory}/src`,
    obj: `${directory}/obj`,
    patch: `${directory}/source.patch`,
    ports: `${directory}/ports`,
    overlayPorts: `${directory}/overlay-ports`,
    packageList: `${directory}/packages.list`,
    packageFacts: `${directory}/packages.json`,
    packages: `${data}/packages/${names.master}`,
    bulkLogs: `${data}/logs/bulk/${names.master}`,
    overlay: `${directory}/overlay`,
    excludes: `${directory}/image-excludes`,
    imageWork: `${directory}/image.work`,
    running: `${directory}/running`,
    image: `${directory}/image`,
    jailMeta: `${etcd}/jails/${names.jail}`,
    portsMeta: `${etcd}/ports/${names.ports}`,
  };
}
