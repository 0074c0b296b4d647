import { nameOf } from '../freebsd/paths.ts';
import { runProgram } from '../freebsd/program.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureFile } from './place.ts';

/** Where certctl(8) looks for certificates that the machine's owner trusts. */
const trusted = '/usr/local/etc/ssl/certs';

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A certctl run reads every certificate again, which takes long: at boot, more than these are left to SSL_CERT_FILE. */
const mostAtBoot = 50;

/** Trusts the certificates of a config. Bundles reach the API service through SSL_CERT_FILE and are left alone here. */
export function trustConfigured(context: Context, paths: readonly string[]): void {
  const files = paths.filter((path) => certificatesIn(context, path).length === 1);
  if (files.length <= mostAtBoot) trustCertificates(context, files);
}

/** Trusts all certificates of these files; of a bundle each gets a file of its own, since certctl reads only the first. */
export function trustCertificates(context: Context, paths: readonly string[]): void {
  const { system } = context;
  const wanted = new Map(
    paths.flatMap((path) =>
      certificatesIn(context, path).map((text, index) => [fileNameOf(path, index), `${text}\n`] as const),
    ),
  );
  const fresh = [...wanted].filter(([name, text]) => system.readText(`${trusted}/${name}`) !== text);
  if (fresh.length === 0) return;
  ensureDirectory(context, trusted);
  for (const [name, content] of fresh) {
    ensureFile(context, { path: `${trusted}/${name}`, content, mode: 0o644, owner: rootOwned });
  }
  runProgram(system, ['/usr/sbin/certctl', 'rehash']);
}

function certificatesIn(context: Context, path: string): readonly string[] {
  if (context.system.lstat(path)?.type !== 'file') return [];
  return context.system.readText(path)?.match(certificate) ?? [];
}

/** certctl takes .pem, .crt and .cer only. */
function fileNameOf(path: string, index: number): string {
  return `podbsd-${nameOf(path).replace(/\.(?:pem|crt|cer)$/, '')}${index === 0 ? '' : `-${index}`}.pem`;
}
