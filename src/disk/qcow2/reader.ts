import { inflateRawSync } from 'node:zlib';
import { readBytes, type BlockSource } from '../block-source.ts';
import {
  COMPRESSED,
  OFFSET_MASK,
  QCOW2_HEADER_BYTES,
  READS_AS_ZEROS,
  parseQcow2Header,
  type Qcow2Header,
} from './header.ts';

/** L2 tables kept in memory; each is one cluster. */
const CACHED_TABLES = 16;
/** More L1 entries than this (16 TiB with 64 KiB clusters is 32768) mean a damaged header. */
const MAX_L1_ENTRIES = 4 * 1024 * 1024;

/** The guest's disk inside a qcow2 file without a backing file. Deflate-compressed clusters are supported. */
export class Qcow2Source implements BlockSource {
  readonly size: number;
  readonly #file: BlockSource;
  readonly #header: Qcow2Header;
  readonly #l1: Buffer;
  readonly #l2 = new Map<number, Buffer>();

  private constructor(file: BlockSource, header: Qcow2Header, l1: Buffer) {
    this.size = header.size;
    this.#file = file;
    this.#header = header;
    this.#l1 = l1;
  }

  /**
   * @param file the bytes of the qcow2 file; closed with the source returned, or by the caller when this fails.
   * @throws Error that says why the file cannot be read as qcow2.
   */
  static async open(file: BlockSource): Promise<Qcow2Source> {
    const header = parseQcow2Header(await readBytes(file, 0, QCOW2_HEADER_BYTES));
    const perTable = 2 ** header.clusterBits / 8;
    const needed = Math.ceil(header.size / 2 ** header.clusterBits / perTable);
    if (header.l1Size < needed || header.l1Size > MAX_L1_ENTRIES)
      throw new Error(`the qcow2 image has a damaged header: ${header.l1Size} L1 entries, ${needed} needed`);
    const l1 = await readBytes(file, header.l1Offset, header.l1Size * 8);
    return new Qcow2Source(file, header, l1);
  }

  async read(buffer: Buffer, offset: number): Promise<void> {
    const clusterSize = 2 ** this.#header.clusterBits;
    let done = 0;
    while (done < buffer.length) {
      const at = offset + done;
      if (at >= this.size) break;
      const within = at % clusterSize;
      const length = Math.min(clusterSize - within, buffer.length - done, this.size - at);
      await this.#readCluster(buffer.subarray(done, done + length), Math.floor(at / clusterSize), within);
      done += length;
    }
    buffer.fill(0, done);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #readCluster(into: Buffer, cluster: number, within: number): Promise<void> {
    const entry = await this.#entryOf(cluster);
    if ((entry & COMPRESSED) !== 0n) {
      const plain = await this.#inflate(entry);
      plain.copy(into, 0, within, within + into.length);
      return;
    }
    const zeros = this.#header.version === 3 && (entry & READS_AS_ZEROS) !== 0n;
    const hostOffset = Number(entry & OFFSET_MASK);
    if (zeros || hostOffset === 0) into.fill(0);
    else await this.#file.read(into, hostOffset + within);
  }

  async #entryOf(cluster: number): Promise<bigint> {
    const perTable = 2 ** this.#header.clusterBits / 8;
    const tableOffset = Number(this.#l1.readBigUInt64BE(Math.floor(cluster / perTable) * 8) & OFFSET_MASK);
    if (tableOffset === 0) return 0n;
    const table = await this.#table(tableOffset);
    return table.readBigUInt64BE((cluster % perTable) * 8);
  }

  async #table(offset: number): Promise<Buffer> {
    const cached = this.#l2.get(offset);
    if (cached !== undefined) return cached;
    const table = await readBytes(this.#file, offset, 2 ** this.#header.clusterBits);
    const [oldest] = this.#l2.keys();
    if (oldest !== undefined && this.#l2.size >= CACHED_TABLES) this.#l2.delete(oldest);
    this.#l2.set(offset, table);
    return table;
  }

  /** A compressed entry holds a byte offset in its low bits and a count of further 512-byte sectors above it. */
  async #inflate(entry: bigint): Promise<Buffer> {
    const offsetBits = BigInt(62 - (this.#header.clusterBits - 8));
    const offset = Number(entry & ((1n << offsetBits) - 1n));
    const sectors = Number((entry & (COMPRESSED - 1n)) >> offsetBits) + 1;
    const packed = await readBytes(this.#file, offset, sectors * 512 - (offset % 512));
    const clusterSize = 2 ** this.#header.clusterBits;
    // Bytes after the deflate stream in its last sector belong to another cluster.
    const plain = inflateRawSync(packed, { maxOutputLength: clusterSize });
    if (plain.length !== clusterSize) throw new Error('the qcow2 image has a damaged compressed cluster');
    return plain;
  }
}
