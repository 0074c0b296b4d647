import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as openpgp from 'openpgp';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchIso, type Fetched } from '../../../src/alpine/release/fetch.ts';
import { alpineReleaseKey, verifySignature, type TrustedKey } from '../../../src/alpine/release/signature.ts';
import { readStore } from '../../../src/alpine/release/store.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { LocalHost } from '../../../src/host/local.ts';
import { missing } from '../../support/programs.ts';
import { scratch } from '../support/fixture.ts';
import { plain, silent, startMirror, truncated, type Mirror } from '../support/mirror.ts';

const host = new LocalHost();
const iso = randomBytes(300_000);
const RELEASES = 'v3.24/releases/x86_64';
const NAME = 'alpine-virt-3.24.2-x86_64.iso';
const PATH = `${RELEASES}/${NAME}`;

interface Signer {
  readonly key: TrustedKey;
  sign(content: Buffer): Promise<string>;
}

async function signer(): Promise<Signer> {
  const made = await openpgp.generateKey({
    type: 'ecc',
    curve: 'nistP256',
    userIDs: [{ name: 'Test' }],
    format: 'object',
  });
  return {
    key: { armored: made.publicKey.armor(), fingerprint: made.publicKey.getFingerprint() },
    sign: async (content) => {
      const message = await openpgp.createMessage({ binary: new Uint8Array(content) });
      const armored: unknown = await openpgp.sign({ message, signingKeys: made.privateKey, detached: true });
      return String(armored);
    },
  };
}

function index(name: string, content: Buffer): Buffer {
  const version = /-(\d+\.\d+\.\d+)-/.exec(name)?.[1] ?? '';
  const sha256 = createHash('sha256').update(content).digest('hex');
  return Buffer.from(`---
-
  title: "Standard"
  desc: |
    Alpine as it was intended.
    Just enough to get you started.
  branch: v3.24
  arch: x86_64
  version: ${version}
  flavor: alpine-standard
  file: alpine-standard-${version}-x86_64.iso
  iso: alpine-standard-${version}-x86_64.iso
  date: 2026-11-01
  time: 10:25:51
  size: 1
  sha256: ${'0'.repeat(64)}
-
  title: "Virtual"
  branch: v3.24
  arch: x86_64
  version: ${version}
  flavor: alpine-virt
  iso: ${name}
  date: 2026-11-01
  time: 10:25:51
  size: ${content.length}
  sha256: ${sha256}
`);
}

let trusted: Signer;
let mirror: Mirror;
let folder: string;

beforeAll(async () => {
  trusted = await signer();
});

describe.skipIf(missing('openssl') !== undefined)('fetchIso', () => {
  beforeEach(async () => {
    // The mirror's certificate is its own; that it is refused otherwise is tested below.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    folder = scratch();
    mirror = await startMirror();
    await publish(NAME, iso);
  });
  afterEach(() => void vi.unstubAllEnvs());

  async function publish(name: string, content: Buffer): Promise<void> {
    mirror.files.set(`${RELEASES}/latest-releases.yaml`, index(name, content));
    mirror.files.set(`${RELEASES}/${name}`, content);
    mirror.files.set(`${RELEASES}/${name}.asc`, Buffer.from(await trusted.sign(content)));
  }

  async function fetchNow(
    signal?: AbortSignal,
    transfer = { retries: 2, silenceMs: 60_000 },
  ): Promise<Fetched> {
    return await fetchIso(host, {
      mirror: mirror.url,
      branch: 'v3.24',
      folder,
      key: trusted.key,
      transfer: { pauseMs: 1, ...transfer },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  it('downloads, verifies and keeps the image, and the next time only confirms it', async () => {
    const first = await fetchNow();
    expect(first).toEqual({ path: join(folder, NAME), version: '3.24.2', branch: 'v3.24', unchanged: false });
    expect((await readFile(first.path)).equals(iso)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual([NAME, `${NAME}.asc`, 'images.json']);
    mirror.requests.length = 0;
    expect((await fetchNow()).unchanged).toBe(true);
    expect(mirror.requests).not.toContain(PATH);
  });

  it('continues a broken transfer where it ended', async () => {
    mirror.tricks.set(PATH, [truncated(100_000)]);
    await fetchNow();
    const asked = mirror.requests.filter((request) => request.startsWith(PATH) && !request.includes('.asc'));
    expect(asked[0]).toBe(PATH);
    expect(asked[1]).toMatch(/ bytes=\d+-$/);
    expect((await readFile(join(folder, NAME))).equals(iso)).toBe(true);
  });

  it('leaves a beginning behind when it gives up, and the next call continues it', async () => {
    mirror.tricks.set(PATH, [truncated(100_000), truncated(0), truncated(0)]);
    await expect(fetchNow()).rejects.toMatchObject({ exitCode: ExitCode.network });
    expect(existsSync(join(folder, NAME))).toBe(false);
    await fetchNow();
    expect((await readFile(join(folder, NAME))).equals(iso)).toBe(true);
  });

  it('gives up a silent connection and takes it up again', async () => {
    mirror.tricks.set(PATH, [silent(50_000)]);
    // On a busy computer a server that answers may seem silent, too.
    await fetchNow(undefined, { retries: 100, silenceMs: 300 });
    expect((await readFile(join(folder, NAME))).equals(iso)).toBe(true);
  });

  it('starts again when what it had belongs to another version of the file', async () => {
    await writeFile(join(folder, `${NAME}.part`), randomBytes(1000));
    await writeFile(join(folder, `${NAME}.part.tag`), '"one"');
    await fetchNow();
    expect((await readFile(join(folder, NAME))).equals(iso)).toBe(true);
  });

  it('refuses a file that was tampered with', async () => {
    const evil = Buffer.from(iso);
    evil.writeUInt8(evil.readUInt8(1000) ^ 1, 1000);
    mirror.files.set(PATH, evil);
    await expect(fetchNow()).rejects.toMatchObject({ exitCode: ExitCode.untrusted });
    expect((await readdir(folder)).filter((name) => name.includes('.iso'))).toEqual([]);
  });

  it('refuses a file that fits its checksum but not its signature', async () => {
    const evil = randomBytes(1000);
    mirror.files.set(PATH, evil);
    mirror.files.set(`${RELEASES}/latest-releases.yaml`, index(NAME, evil));
    await expect(fetchNow()).rejects.toThrow(/OpenPGP signature/);
    expect((await readdir(folder)).filter((name) => name.includes('.iso'))).toEqual([]);
  });

  it('refuses a good signature of a stranger', async () => {
    const stranger = await signer();
    mirror.files.set(`${PATH}.asc`, Buffer.from(await stranger.sign(iso)));
    await expect(fetchNow()).rejects.toMatchObject({ exitCode: ExitCode.untrusted });
  });

  it('refuses an image on disk that its signature does not cover any more', async () => {
    await fetchNow();
    const stranger = await signer();
    mirror.files.set(`${PATH}.asc`, Buffer.from(await stranger.sign(iso)));
    await expect(fetchNow()).rejects.toMatchObject({ exitCode: ExitCode.untrusted });
  });

  it('keeps the image before the newest, and no more', async () => {
    await fetchNow();
    for (const version of ['3.24.3', '3.24.4']) {
      const name = `alpine-virt-${version}-x86_64.iso`;
      await publish(name, Buffer.from(version));
      await fetchNow();
    }
    const [before, now] = ['alpine-virt-3.24.3-x86_64.iso', 'alpine-virt-3.24.4-x86_64.iso'];
    expect(await readStore(host, folder)).toEqual({ current: now, previous: before });
    expect((await readdir(folder)).filter((name) => name.endsWith('.iso')).sort()).toEqual([before, now]);
  });

  it('names the address when the server lacks a file, and does not ask again and again', async () => {
    mirror.files.delete(PATH);
    await expect(fetchNow()).rejects.toThrow(/alpine-virt-3\.24\.2-x86_64\.iso: the server answered 404/);
    expect(mirror.requests.filter((request) => request === PATH)).toHaveLength(1);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    mirror.tricks.set(PATH, [
      (request, response, body) => {
        silent(1000)(request, response, body);
        stop.abort(new Error('stopped by SIGINT'));
      },
      plain,
    ]);
    await expect(fetchNow(stop.signal)).rejects.toThrow();
    expect(existsSync(join(folder, NAME))).toBe(false);
  });

  it('does not talk to a server whose certificate nobody vouches for', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '1');
    await expect(fetchNow()).rejects.toMatchObject({ exitCode: ExitCode.network });
    expect(mirror.requests).toEqual([]);
  });
});

describe('verifySignature', () => {
  it("ships Alpine's release key with the fingerprint that is pinned, and accepts no other under it", async () => {
    const key = await alpineReleaseKey();
    const parsed = await openpgp.readKey({ armoredKey: key.armored });
    expect(parsed.getFingerprint()).toBe('0482d84022f52df1c4e7cd43293acd0907d9495a');
    const path = join(scratch(), 'file');
    await writeFile(path, iso);
    const forged = { armored: trusted.key.armored, fingerprint: key.fingerprint };
    await expect(verifySignature(path, await trusted.sign(iso), forged)).rejects.toThrow(
      /the key has the fingerprint/,
    );
  });
});
