import { nameOf } from '../freebsd/paths.ts';
import { runProgram } from '../freebsd/program.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureFile } from './place.ts';
import { digest, readRecord, updateRecord } from '../state/record.ts';

/**
 * Where certctl(8) of every release looks for certificates that the machine's owner trusts, as podman does. The script
 * that certctl was up to FreeBSD 14 also looks into /usr/local/etc/ssl/certs, the program of 15 does not.
 */
const trusted = '/usr/local/share/certs';

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** A certctl run reads every certificate again, which takes long: at boot, more than these are left to SSL_CERT_FILE. */
const mostAtBoot = 50;

/** Trusts the certificates of a config. Bundles reach the API service through SSL_CERT_FILE and are left alone here. */
export function trustConfigured(context: Context, paths: readonly string[]): void {
  const files = paths.filter((path) => certificatesIn(context, path).length === 1);
  if (files.length <= mostAtBoot) trustCertificates(context, files);
}

/**
 * Trusts all certificates of these files, and no more those that an earlier run has found in a file that has them no
 * longer. Of a bundle each gets a file of its own, since certctl reads only the first. Answers whether anything has
 * changed.
 */
export function trustCertificates(context: Context, paths: readonly string[]): boolean {
  const { system } = context;
  const wanted = paths.flatMap((path) => trustedFilesOf(context, path));
  const fresh = wanted.filter(({ name, text }) => system.readText(`${trusted}/${name}`) !== text);
  const known = readRecord(context).certificates;
  const others = [...new Set(Object.values(known))].filter((path) => !paths.includes(path));
  const there = new Set(
    [...wanted, ...others.flatMap((path) => trustedFilesOf(context, path))].map(({ name }) => name),
  );
  const stale = Object.keys(known).filter((name) => !there.has(name));
  if (fresh.length + stale.length === 0 && !readRecord(context).rehash) return false;
  // Recorded first: an interrupted run must not leave files that certctl never reads.
  const sources = Object.fromEntries(wanted.map(({ name, path }) => [name, path]));
  updateRecord(context, (record) => ({
    ...record,
    rehash: true,
    certificates: { ...record.certificates, ...sources },
  }));
  ensureDirectory(context, trusted);
  for (const { name, text } of fresh)
    ensureFile(context, { path: `${trusted}/${name}`, content: text, mode: 0o644, owner: rootOwned });
  for (const name of stale)
    if (system.lstat(`${trusted}/${name}`) !== undefined) system.remove(`${trusted}/${name}`);
  try {
    runProgram(system, ['/usr/sbin/certctl', 'rehash']);
  } finally {
    updateRecord(context, (record) => ({
      ...record,
      rehash: false,
      certificates: Object.fromEntries(
        Object.entries(record.certificates).filter(([name]) => !stale.includes(name)),
      ),
    }));
  }
  return true;
}

/** What a file becomes in FreeBSD's store: a file for each of its certificates. */
function trustedFilesOf(context: Context, path: string): { name: string; text: string; path: string }[] {
  return certificatesIn(context, path).map((certificate, index) => ({
    name: fileNameOf(path, index),
    text: `${certificate}\n`,
    path,
  }));
}

export function holdsCertificates(context: Context, path: string): boolean {
  return certificatesIn(context, path).length > 0;
}

function certificatesIn(context: Context, path: string): readonly string[] {
  if (context.system.lstat(path)?.type !== 'file') return [];
  return context.system.readText(path)?.match(certificate) ?? [];
}

/**
 * One name for each certificate of each file, whatever other folders and endings there are; certctl takes .pem, .crt and
 * .cer only.
 */
function fileNameOf(path: string, index: number): string {
  const base = nameOf(path).replace(/\.(?:pem|crt|cer)$/i, '');
  const readable = base.replaceAll(/[^\w.-]/g, '_').slice(0, 64);
  return `podbsd-${readable}-${digest(path)}${index === 0 ? '' : `.${index}`}.pem`;
}
