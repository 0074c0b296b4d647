import * as z from 'zod';
import type { PackageFacts } from '../../disk/image-facts.ts';
import type { Host } from '../../host/host.ts';

const factsSchema = z.array(z.object({ name: z.string(), version: z.string(), origin: z.string() }));

/** What the stage that installs or builds the packages finds out. */
export const packagesSchema = z.object({
  /** Version of podman. */
  podman: z.string(),
  /** How many there are. */
  packages: z.number(),
});
export type Packages = z.infer<typeof packagesSchema>;

/** Writes all packages of an image down for its manifest. */
export async function writePackageFacts(
  host: Host,
  file: string,
  packages: readonly PackageFacts[],
): Promise<Packages> {
  await host.writeFile(file, `${JSON.stringify(packages, null, 1)}\n`);
  const podman = packages.find(({ origin }) => origin === 'sysutils/podman')?.version ?? '';
  return { podman, packages: packages.length };
}

/** The packages as they were written down. */
export async function readPackageFacts(host: Host, file: string): Promise<readonly PackageFacts[]> {
  return factsSchema.parse(JSON.parse((await host.readText(file)) ?? '[]'));
}
