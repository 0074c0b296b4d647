import * as z from 'zod';
import { NEWEST, parseRelease } from './release.ts';
import { absolutePath, commit, gitUrl, portOrigin, wholeNumber } from './types.ts';

const source = z.strictObject({
  url: gitUrl.default('https://git.FreeBSD.org/src.git').describe('Git repository of the FreeBSD source.'),
  branch: z
    .string()
    .min(1)
    .default('releng/15.1')
    .describe(
      'Branch to build. `main` is -CURRENT. Without `commit` its newest commit is taken once and kept.',
    ),
  commit: commit.optional().describe('Builds exactly this commit, so that the result can be made again.'),
  kernel: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, 'a kernel configuration is letters, digits, - and _')
    .default('GENERIC')
    .describe('Kernel configuration.'),
});

const patch = z
  .strictObject({
    file: z.string().optional().describe('A patch file, relative to this file.'),
    url: gitUrl.optional().describe('A repository to cherry-pick from instead of a patch file.'),
    branch: z.string().min(1).optional().describe('The branch of `url` whose newest commits are picked.'),
    commits: wholeNumber(1, 100, 'more than 100 are a branch of their own')
      .default(1)
      .describe('How many commits from the tip of `branch` are picked.'),
  })
  .refine((value) => (value.file === undefined) !== (value.url === undefined), {
    message: 'name either `file` or `url`, not both',
  })
  .refine((value) => (value.url === undefined) === (value.branch === undefined), {
    message: '`url` and `branch` belong together',
  });

const ports = z.strictObject({
  url: gitUrl.default('https://git.FreeBSD.org/ports.git').describe('Git repository of the ports tree.'),
  branch: z
    .string()
    .min(1)
    .default('2026Q4')
    .describe('Branch of the ports tree. Without `commit` its newest commit is taken once and kept.'),
  commit: commit.optional().describe('Uses exactly this commit of the ports tree.'),
  prebuilt: z
    .string()
    .regex(/^(auto|none|latest|quarterly|release_\d+|https?:\/\/\S+)$/, {
      error: 'expected auto, none, latest, quarterly, release_N or a URL',
    })
    .default('auto')
    .describe(
      "Where finished packages may be fetched from when they fit the ports tree exactly. `auto`: FreeBSD's `quarterly` for a quarterly branch, `latest` for main, else none.",
    ),
});

/** The [build] table: what is built, from what, and where. */
export const buildSchema = z.strictObject({
  recipe: z
    .enum(['poudriere', 'bake'])
    .optional()
    .describe(
      'How the image is made: built by Poudriere on a FreeBSD machine, or baked from an image that FreeBSD has published. Default: poudriere on FreeBSD and with --host, else bake.',
    ),
  base: z
    .enum(['release', 'source'])
    .default('release')
    .describe(
      '`release` installs a FreeBSD release as it is; `source` builds world and kernel from [build.source].',
    ),
  release: z
    .string()
    .refine((text) => parseRelease(text) !== undefined, {
      error: 'expected a version of FreeBSD like 15.1-RELEASE, 15.1, 15-STABLE or CURRENT, or newest',
    })
    .default(NEWEST)
    .describe(
      'The release for base = "release", as uname -r prints it or shorter: 15.1-RELEASE, 15.1, 15-STABLE, CURRENT. `newest` is the newest one that the download site has, and `15` the newest 15.x. p9fs (host folders) is in 14.4, in 15.0 and in everything later.',
    ),
  architecture: z.enum(['amd64', 'arm64']).default('amd64').describe('Architecture of the image.'),
  directory: absolutePath
    .default('/var/podbsd')
    .describe(
      'Where the building machine keeps sources, jail, packages and image. One build at a time uses it.',
    ),
  output: z
    .string()
    .min(1)
    .default('out')
    .describe('Where the finished image is put, relative to this file.'),
  pool: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.-]*$/, 'not a ZFS pool name')
    .default('zroot')
    .describe('ZFS pool of the building machine.'),
  dataset: z
    .string()
    .regex(/^podbsd[A-Za-z0-9]*$/, 'the name begins with podbsd and holds letters and digits only')
    .default('podbsd')
    .describe('Dataset in that pool. podbsd makes it and touches no other.'),
  size: z
    .string()
    .regex(/^[1-9]\d*[mgt]$/i, 'expected a number with unit m, g or t, like 4g')
    .default('4g')
    .describe('Size of the root partition in the image. It grows to fill the disk at first boot.'),
  jobs: wholeNumber(1, 1024, 'each needs a processor')
    .optional()
    .describe('How many jobs run side by side. Default: the number of processors.'),
  packages: z
    .array(portOrigin)
    .default([])
    .describe('Ports to install beside those that podbsd needs, e.g. ["editors/vim"].'),
  podman: z
    .string()
    .regex(/^<\d+(\.\d+)*$/, 'expected < and a version, like <6')
    .default('<6')
    .describe(
      'Versions of podman that are accepted. podman 6 dropped CNI, and netavark does not run on FreeBSD.',
    ),
  allow_missing_p9fs: z
    .boolean()
    .default(false)
    .describe('Accepts a base without p9fs; the guest then cannot mount folders of its host.'),
  source: source.prefault({}),
  patch: patch
    .optional()
    .describe('What adds p9fs to a source tree that lacks it. Not applied to a tree that has it.'),
  ports: ports.prefault({}),
});

export type BuildConfig = z.infer<typeof buildSchema>;
