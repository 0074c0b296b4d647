import type { Host } from '../host/host.ts';
import { parsePodmanVersion, type PodmanVersion } from './version.ts';

export async function podmanVersion(host: Host, path: string): Promise<PodmanVersion | undefined> {
  return parsePodmanVersion(await output(host, path));
}

export async function qemuVersion(host: Host, path: string): Promise<readonly [number, number] | undefined> {
  const found = /version (\d+)\.(\d+)/.exec(await output(host, path));
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

/** What a program says about itself; nothing when it cannot be run, which then shows as an unknown version. */
export async function output(host: Host, path: string, ...args: readonly string[]): Promise<string> {
  const argv = args.length === 0 ? ['--version'] : args;
  try {
    return (await host.run([path, ...argv], { readOnly: true, timeoutMs: 20_000 })).stdout;
  } catch {
    return '';
  }
}
