import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { missing } from '../../support/programs.ts';
import { folder, host, sshd, useSshd } from './with-sshd.ts';

describe.skipIf(missing('sshd') !== undefined)('files and transfers of SshHost', () => {
  useSshd();

  describe('files', () => {
    it('writes atomically with the mode, and reads back', async () => {
      const path = join(folder, 'new folder', `it's`);
      await host.writeFile(path, 'first');
      await host.writeFile(path, Buffer.from('zweite ü'), { mode: 0o600 });
      expect(await host.readText(path)).toBe('zweite ü');
      expect(await host.stat(path)).toMatchObject({ type: 'file', mode: 0o600, size: 9 });
      expect(await host.list(join(folder, 'new folder'))).toEqual([`it's`]);
    });

    it('leaves the old file and nothing else when it cannot write', async () => {
      const path = join(folder, 'file');
      await host.mkdir(path);
      await host.writeFile(join(path, 'inside'), 'x');
      await expect(host.writeFile(path, 'text')).rejects.toThrow(`working on ${path}`);
      expect(await host.list(folder)).toEqual(['file']);
    });

    it('writes large contents', async () => {
      const content = randomBytes(700_000);
      await host.writeFile(join(folder, 'large'), content);
      expect((await fs.readFile(join(folder, 'large'))).equals(content)).toBe(true);
    });

    it('says undefined for what is not there', async () => {
      const path = join(folder, 'nothing');
      expect([await host.readText(path), await host.stat(path), await host.list(path)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });

    it('looks at a symbolic link itself, and removes it without its target', async () => {
      await host.mkdir(join(folder, 'target'));
      await fs.symlink('target', join(folder, 'link'));
      expect((await host.stat(join(folder, 'link')))?.type).toBe('symlink');
      await host.remove(join(folder, 'link'));
      await host.remove(join(folder, 'link'));
      expect(await host.list(folder)).toEqual(['target']);
    });

    it('renames over an existing file', async () => {
      await host.writeFile(join(folder, 'a'), 'A');
      await host.writeFile(join(folder, 'b'), 'B');
      await host.rename(join(folder, 'a'), join(folder, 'b'));
      expect(await host.readText(join(folder, 'b'))).toBe('A');
    });

    it('makes directories and their parents, also when they exist', async () => {
      await host.mkdir(join(folder, 'x', 'y'), { mode: 0o700 });
      await host.mkdir(join(folder, 'x', 'y'));
      expect((await host.stat(join(folder, 'x', 'y')))?.mode).toBe(0o700);
    });
  });

  describe('transfers', () => {
    it('uploads a tree with modes, times and links', async () => {
      const source = join(folder, 'source');
      await fs.mkdir(join(source, 'empty'), { recursive: true });
      await fs.mkdir(join(source, 'sub'));
      const content = randomBytes(300_000);
      await fs.writeFile(join(source, 'sub', 'script'), content, { mode: 0o755 });
      await fs.utimes(join(source, 'sub', 'script'), 1_000_000_000, 1_000_000_000);
      await fs.symlink('sub/script', join(source, 'link'));
      const seen: [number, number][] = [];
      const target = join(folder, 'parent', 'target');
      await host.upload(source, target, { onProgress: (...progress) => void seen.push(progress) });
      await host.upload(source, target);
      expect(await fs.readlink(join(target, 'link'))).toBe('sub/script');
      expect((await fs.readFile(join(target, 'sub', 'script'))).equals(content)).toBe(true);
      expect(await host.stat(join(target, 'sub', 'script'))).toMatchObject({
        mode: 0o755,
        mtime: 1_000_000_000,
      });
      expect(await host.list(target)).toEqual(['empty', 'link', 'sub']);
      expect(seen.at(-1)).toEqual([300_000, 300_000]);
    });

    it('downloads with holes kept and the checksum compared', async () => {
      const source = join(folder, 'sparse');
      const file = await fs.open(source, 'w');
      await file.write(randomBytes(100_000), 0, 100_000, 8 * 1024 * 1024);
      await file.truncate(24 * 1024 * 1024 + 5);
      await file.close();
      const target = join(folder, 'out', 'copy');
      await host.download(source, target);
      expect(await sha256(target)).toBe(await sha256(source));
      expect((await fs.stat(target)).blocks * 512).toBeLessThan(1024 * 1024);
      expect(await fs.readdir(join(folder, 'out'))).toEqual(['copy']);
    });

    it('goes on by itself after the connection broke, without fetching the first part again', async () => {
      const source = join(folder, 'source');
      await fs.writeFile(source, randomBytes(6 * 1024 * 1024));
      const before = sshd.received();
      let cut = false;
      await host.download(source, join(folder, 'copy'), {
        onProgress: (done) => {
          if (cut || done < 4 * 1024 * 1024) return;
          cut = true;
          sshd.cut();
        },
      });
      expect(cut).toBe(true);
      expect(await sha256(join(folder, 'copy'))).toBe(await sha256(source));
      // Twice the read-ahead (2 MiB) may be lost at the break, but not the 4 MiB that had arrived.
      expect(sshd.received() - before).toBeLessThan(9 * 1024 * 1024);
    });

    it('keeps what has arrived when it is stopped, and goes on in the next run', async () => {
      const source = join(folder, 'source');
      await fs.writeFile(
        source,
        Buffer.concat([Buffer.alloc(1024 * 1024, 1), Buffer.alloc(3 * 1024 * 1024)]),
      );
      const stop = new AbortController();
      const running = host.download(source, join(folder, 'copy'), {
        signal: stop.signal,
        onProgress: (done) =>
          done > 2 * 1024 * 1024 ? stop.abort(new Error('stopped by SIGINT')) : undefined,
      });
      await expect(running).rejects.toThrow('stopped by SIGINT');
      expect((await fs.stat(join(folder, 'copy.part'))).size).toBeGreaterThan(2 * 1024 * 1024);
      let first: number | undefined;
      await host.download(source, join(folder, 'copy'), { onProgress: (done) => (first ??= done) });
      expect(first).toBeGreaterThan(2 * 1024 * 1024);
      expect(await sha256(join(folder, 'copy'))).toBe(await sha256(source));
    });

    it('does not build on the first part of another file', async () => {
      const source = join(folder, 'source');
      await fs.writeFile(source, 'the new content');
      await fs.writeFile(join(folder, 'copy.part'), 'the old');
      await fs.writeFile(join(folder, 'copy.part.json'), '{"size":15,"mtime":1}');
      await host.download(source, join(folder, 'copy'));
      expect(await fs.readFile(join(folder, 'copy'), 'utf8')).toBe('the new content');
    });

    it('refuses a copy that is not the original, and keeps the previous file', async () => {
      const source = join(folder, 'source');
      await fs.writeFile(source, 'the new content');
      const { mtimeMs } = await fs.stat(source);
      const identity = { size: 15, mtime: Math.floor(mtimeMs / 1000) };
      await fs.writeFile(join(folder, 'copy'), 'previous');
      await fs.writeFile(join(folder, 'copy.part'), 'damaged');
      await fs.writeFile(join(folder, 'copy.part.json'), JSON.stringify(identity));
      await expect(host.download(source, join(folder, 'copy'))).rejects.toMatchObject({
        exitCode: ExitCode.untrusted,
      });
      expect(await fs.readFile(join(folder, 'copy'), 'utf8')).toBe('previous');
      await host.download(source, join(folder, 'copy'));
      expect(await fs.readFile(join(folder, 'copy'), 'utf8')).toBe('the new content');
    });

    it('says what is wrong with something that cannot be fetched', async () => {
      await expect(host.download(join(folder, 'no'), join(folder, 'copy'))).rejects.toThrow(
        'there is no such file',
      );
      await expect(host.download(folder, join(folder, 'copy'))).rejects.toThrow('it is a directory');
    });
  });
});

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await fs.readFile(path))
    .digest('hex');
}
