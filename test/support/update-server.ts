import { createHash, generateKeyPairSync, privateEncrypt, constants, type KeyObject } from 'node:crypto';
import type { DownloadSite } from './download-site.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' });

/** SHA-256 of the key that signs here what FreeBSD's update server signs. */
export const updatesKey = createHash('sha256').update(publicKey).digest('hex');

/** What `openssl pkeyutl -sign` makes of a line without a digest, as freebsd-update's server does. */
export function signedLine(line: string, privateKey: KeyObject = keys.privateKey): Buffer {
  return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(line));
}

/** The line about a release: its newest patch, and when its support ends. */
export function updateLine(release: string, patch: number, ends = new Date('2099-01-01')): string {
  return `freebsd-update|amd64|${release}|${patch}|${'a'.repeat(64)}|${ends.getTime() / 1000}\n`;
}

/** Puts the newest patch of a release on a site that plays FreeBSD's update server, too. */
export function putPatch(site: DownloadSite, release: string, patch: number): void {
  site.put(`${release}/amd64/pub.ssl`, Buffer.from(publicKey));
  site.put(`${release}/amd64/latest.ssl`, signedLine(updateLine(release, patch)));
}

/** The key as a site serves it. */
export const publicKeyFile = Buffer.from(publicKey);
