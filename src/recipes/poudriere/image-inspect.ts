import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import * as z from 'zod';
import type { StageRun } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';
import { absent, p9fsModules } from '../shared/p9fs.ts';

/** Name of the image's pool while podbsd looks into it. The image calls it zroot, as the host may call its own. */
export const inspectionPool = 'podbsdinspect';

/** Files without which the image would not boot or would be no podman machine. */
const wanted = [
  'boot/kernel/kernel',
  'boot/loader.efi',
  'boot/loader.conf',
  'etc/rc.conf',
  'usr/local/bin/podman',
  'usr/local/libexec/podbsd/podbsd-agent',
  'usr/local/libexec/podbsd/fwcfg',
  'usr/local/etc/rc.d/podbsd_provision',
] as const;

export const sizeSchema = z.object({
  /** Bytes in the image's pool. */
  used: z.string(),
  /** Bytes of the jail that it was pruned from. */
  jail: z.string(),
});
export type ImageSize = z.infer<typeof sizeSchema>;

/** Opens the finished image read-only and checks that everything is in it. Reports its size. */
export async function inspectImage(env: PoudriereEnv, run: StageRun, raw: string): Promise<ImageSize> {
  const { host, paths } = env;
  const root = `${paths.directory}/inspect`;
  const attach = ['mdconfig', '-a', '-t', 'vnode', '-o', 'readonly', '-f', raw] as const;
  const device = (await run.exec(attach)).stdout.trim();
  try {
    // EFI first, then (on amd64) the boot code, then the pool.
    const partition = `/dev/${device}p${env.config.build.architecture === 'amd64' ? 3 : 2}`;
    const readOnly = ['-o', 'readonly=on', '-N', '-R', root, '-d', partition] as const;
    await run.exec(['zpool', 'import', ...readOnly, '-t', 'zroot', inspectionPool]);
    try {
      const dataset = await one(run, 'zpool', 'get', '-H', '-o', 'value', 'bootfs', inspectionPool);
      await run.exec(['zfs', 'mount', dataset]);
      const optional = env.config.build.allow_missing_p9fs ? [] : p9fsModules;
      const missing = await absent(host, root, [...wanted, ...optional]);
      if (missing.length > 0) throw incomplete(raw, missing);
      const used = await one(run, 'zpool', 'list', '-H', '-p', '-o', 'allocated', inspectionPool);
      const jail = await jailSize(env, run);
      run.say(`the image holds ${mebibytes(used)} MiB; the jail it was pruned from ${mebibytes(jail)} MiB`);
      return { used, jail };
    } finally {
      await run.exec(['zpool', 'export', '-f', inspectionPool]);
    }
  } finally {
    await run.exec(['mdconfig', '-d', '-u', device]);
  }
}

async function jailSize(env: PoudriereEnv, run: StageRun): Promise<string> {
  const dataset = ((await env.host.readText(`${env.paths.jailMeta}/fs`)) ?? '').trim();
  // Only for comparison: a jail that is no dataset of its own is no reason to fail.
  const argv = ['zfs', 'get', '-H', '-p', '-o', 'value', 'referenced', dataset] as const;
  return (await run.exec(argv, { readOnly: true, okCodes: [0, 1, 2] })).stdout.trim();
}

async function one(run: StageRun, program: string, ...args: string[]): Promise<string> {
  return (await run.exec([program, ...args], { readOnly: true })).stdout.trim();
}

function mebibytes(bytes: string): string {
  return (Number(bytes) / 1024 / 1024).toFixed(0);
}

function incomplete(raw: string, missing: readonly string[]): PodbsdError {
  return new PodbsdError({
    doing: `looking into the image ${raw}`,
    problem: `these files are missing in it: ${missing.join(', ')}`,
    remedy: 'the log shows what Poudriere installed; run the command again with --from packages',
    exitCode: ExitCode.data,
  });
}
