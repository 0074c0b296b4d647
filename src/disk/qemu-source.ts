import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockSource } from './block-source.ts';
import { qemuImg, virtualSize, type DiskFile } from './qemu-img.ts';
import { qemuNode } from './qemu-name.ts';

/** Sectors in which QEMU's raw driver counts. */
const SECTOR = 512;

/**
 * The disk in a file of any format that QEMU knows, for a few looks at it: each read is one run of qemu-img, which takes
 * about ten milliseconds. What is read from end to end is converted instead.
 */
export class QemuSource implements BlockSource {
  readonly size: number;
  readonly #disk: DiskFile;

  private constructor(disk: DiskFile, size: number) {
    this.#disk = disk;
    this.size = size;
  }

  /** @throws CommandError with QEMU's words when it cannot read the disk; PodbsdError without qemu-img. */
  static async open(disk: DiskFile): Promise<QemuSource> {
    return new QemuSource(disk, await virtualSize(disk));
  }

  async read(buffer: Buffer, offset: number): Promise<void> {
    const start = Math.floor(offset / SECTOR) * SECTOR;
    const end = Math.min(Math.ceil((offset + buffer.length) / SECTOR) * SECTOR, this.size);
    const bytes = end > start ? await this.#cutOut(start, end - start) : Buffer.alloc(0);
    buffer.fill(0, bytes.copy(buffer, 0, offset - start));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #cutOut(offset: number, size: number): Promise<Buffer> {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-disk-'));
    try {
      const part = join(folder, 'part');
      const window = { driver: 'raw', offset, size, file: qemuNode(this.#disk) };
      // -U: another program may have the disk open.
      await qemuImg(['convert', '-U', '-O', 'raw', `json:${JSON.stringify(window)}`, part]);
      return await readFile(part);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
