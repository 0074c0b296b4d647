import { createHash, generateKeyPairSync, privateEncrypt, constants, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newestPatch } from '../../../src/downloads/freebsd/patches.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { DownloadSite } from '../../support/download-site.ts';

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = keys.publicKey.export({ type: 'spki', format: 'pem' });
const updates_key = createHash('sha256').update(pem).digest('hex');

/** What `openssl pkeyutl -sign` makes of a line without a digest, as freebsd-update's server does. */
function signed(line: string, privateKey: KeyObject = keys.privateKey): Buffer {
  return privateEncrypt({ key: privateKey, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(line));
}

const line = (release: string, patch: number): string =>
  `freebsd-update|amd64|${release}|${patch}|${'a'.repeat(64)}|1806537600\n`;

async function ask(latest: Buffer, key: string | Buffer = pem) {
  const folder = '15.1-RELEASE/amd64';
  const site = await DownloadSite.start({ [`${folder}/pub.ssl`]: key, [`${folder}/latest.ssl`]: latest });
  return await newestPatch({ updates: site.url, updates_key }, '15.1-RELEASE', 'amd64', { limitMs: 20_000 });
}

describe('the newest patch of a release', () => {
  it('is read from what FreeBSD has signed, with the end of its support', async () => {
    const { patch, ends } = await ask(signed(line('15.1-RELEASE', 3)));
    expect([patch, new Date(ends).toISOString().slice(0, 10)]).toEqual([3, '2027-04-01']);
  });

  it('is not taken from a key that FreeBSD does not name, from another signature, or about another release', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const untrusted = { exitCode: ExitCode.untrusted };
    const otherPem = other.publicKey.export({ type: 'spki', format: 'pem' });
    await expect(ask(signed(line('15.1-RELEASE', 9), other.privateKey), otherPem)).rejects.toMatchObject(
      untrusted,
    );
    await expect(ask(signed(line('15.1-RELEASE', 9), other.privateKey))).rejects.toMatchObject(untrusted);
    await expect(ask(signed(line('15.0-RELEASE', 9)))).rejects.toMatchObject(untrusted);
    await expect(ask(signed('freebsd-update|amd64'))).rejects.toMatchObject(untrusted);
  });
});
