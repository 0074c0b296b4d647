import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newestPatch } from '../../../src/downloads/freebsd/patches.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { DownloadSite } from '../../support/download-site.ts';
import { publicKeyFile, signedLine, updateLine, updatesKey } from '../../support/update-server.ts';

async function ask(latest: Buffer, key: Buffer = publicKeyFile) {
  const folder = '15.1-RELEASE/amd64';
  const site = await DownloadSite.start({ [`${folder}/pub.ssl`]: key, [`${folder}/latest.ssl`]: latest });
  const from = { updates: site.url, updates_key: updatesKey };
  return await newestPatch(from, '15.1-RELEASE', 'amd64', { limitMs: 20_000 });
}

describe('the newest patch of a release', () => {
  it('is read from what FreeBSD has signed, with the end of its support', async () => {
    const ends = new Date('2027-04-01T00:00:00Z');
    expect(await ask(signedLine(updateLine('15.1-RELEASE', 3, ends)))).toEqual({
      patch: 3,
      ends: ends.getTime(),
    });
  });

  it('is not taken from a key that FreeBSD does not name, from another signature, or about another release', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const otherKey = Buffer.from(other.publicKey.export({ type: 'spki', format: 'pem' }));
    const forged = signedLine(updateLine('15.1-RELEASE', 9), other.privateKey);
    const untrusted = { exitCode: ExitCode.untrusted };
    await expect(ask(forged, otherKey)).rejects.toMatchObject(untrusted);
    await expect(ask(forged)).rejects.toMatchObject(untrusted);
    await expect(ask(signedLine(updateLine('15.0-RELEASE', 9)))).rejects.toMatchObject(untrusted);
    await expect(ask(signedLine('freebsd-update|amd64'))).rejects.toMatchObject(untrusted);
  });
});
