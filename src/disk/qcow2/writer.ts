import { COPIED, QCOW2_MAGIC } from './header.ts';

export const CLUSTER_BITS = 16;
/** 64 KiB, QEMU's own default. */
export const CLUSTER = 2 ** CLUSTER_BITS;
/** Guest clusters that one L2 table maps: 512 MiB. */
const PER_TABLE = CLUSTER / 8;
/** File clusters that one refcount block counts, 16 bits each: 2 GiB. */
const PER_REFCOUNT_BLOCK = CLUSTER / 2;
const HEADER_LENGTH = 104;

/** Takes the next bytes of the file. */
export type Append = (bytes: Buffer) => Promise<void>;

/**
 * Makes a qcow2 file (version 3, 64 KiB clusters) out of a disk that is read once from start to end.
 *
 * Everything but the first cluster is appended in file order, so it can be hashed and compressed as it is written: data
 * as it comes, each L2 table after the data it maps, and at the end the L1 table and the refcounts. Only then is the
 * header known, which fills the first cluster. Memory grows with the disk by 8 bytes per 512 MiB only.
 */
export class Qcow2Writer {
  readonly #size: number;
  readonly #append: Append;
  readonly #l1: Buffer;
  #l2: Buffer | undefined;
  #tableIndex = 0;
  /** Clusters in the file so far; the header's is the first. */
  #clusters = 1;

  /**
   * @param size bytes of the guest's disk, a multiple of the cluster size.
   * @param append gets everything after the first cluster, in file order, in multiples of the cluster size.
   */
  constructor(size: number, append: Append) {
    if (size % CLUSTER !== 0) throw new Error(`disk size ${size} is not a multiple of ${CLUSTER}`);
    this.#size = size;
    this.#append = append;
    this.#l1 = Buffer.alloc(roundUp(Math.ceil(size / CLUSTER / PER_TABLE) * 8, CLUSTER));
  }

  /**
   * Adds clusters that hold something. Those never added read as zeros.
   * @param first number of the first cluster on the guest's disk, higher than any before.
   * @param data one or more whole clusters.
   */
  async add(first: number, data: Buffer): Promise<void> {
    let done = 0;
    while (done < data.length) {
      const cluster = first + done / CLUSTER;
      const table = Math.floor(cluster / PER_TABLE);
      if (table !== this.#tableIndex) await this.#endTable(table);
      const slot = cluster % PER_TABLE;
      const count = Math.min((data.length - done) / CLUSTER, PER_TABLE - slot);
      this.#l2 ??= Buffer.alloc(CLUSTER);
      for (let i = 0; i < count; i++) this.#l2.writeBigUInt64BE(pointer(this.#clusters + i), (slot + i) * 8);
      this.#clusters += count;
      await this.#append(data.subarray(done, done + count * CLUSTER));
      done += count * CLUSTER;
    }
  }

  /** Ends the file. Returns its first cluster. */
  async finish(): Promise<Buffer> {
    await this.#endTable(this.#tableIndex + 1);
    const l1Offset = await this.#put(this.#l1);
    const refcounts = await this.#putRefcounts();
    return this.#header(l1Offset, refcounts.tableOffset, refcounts.tableClusters);
  }

  async #endTable(next: number): Promise<void> {
    if (this.#l2 !== undefined) {
      const offset = await this.#put(this.#l2);
      this.#l1.writeBigUInt64BE(COPIED | BigInt(offset), this.#tableIndex * 8);
    }
    this.#l2 = undefined;
    this.#tableIndex = next;
  }

  async #put(bytes: Buffer): Promise<number> {
    const offset = this.#clusters * CLUSTER;
    this.#clusters += bytes.length / CLUSTER;
    await this.#append(bytes);
    return offset;
  }

  /** The refcount table and its blocks, which count themselves too. Every cluster of the file is used once. */
  async #putRefcounts(): Promise<{ tableOffset: number; tableClusters: number }> {
    const tableOffset = this.#clusters * CLUSTER;
    let blocks = 0;
    let tableClusters = 0;
    let total = this.#clusters;
    while (blocks < Math.ceil(total / PER_REFCOUNT_BLOCK)) {
      blocks = Math.ceil(total / PER_REFCOUNT_BLOCK);
      tableClusters = Math.ceil((blocks * 8) / CLUSTER);
      total = this.#clusters + tableClusters + blocks;
    }
    const table = Buffer.alloc(tableClusters * CLUSTER);
    for (let block = 0; block < blocks; block++)
      table.writeBigUInt64BE(BigInt(tableOffset + (tableClusters + block) * CLUSTER), block * 8);
    await this.#append(table);
    for (let block = 0; block < blocks; block++) {
      const used = Math.min(total - block * PER_REFCOUNT_BLOCK, PER_REFCOUNT_BLOCK);
      await this.#append(Buffer.alloc(CLUSTER).fill(Buffer.from([0, 1]), 0, used * 2));
    }
    return { tableOffset, tableClusters };
  }

  #header(l1Offset: number, refcountOffset: number, refcountClusters: number): Buffer {
    const header = Buffer.alloc(CLUSTER);
    QCOW2_MAGIC.copy(header);
    header.writeUInt32BE(3, 4);
    header.writeUInt32BE(CLUSTER_BITS, 20);
    header.writeBigUInt64BE(BigInt(this.#size), 24);
    header.writeUInt32BE(Math.ceil(this.#size / CLUSTER / PER_TABLE), 36);
    header.writeBigUInt64BE(BigInt(l1Offset), 40);
    header.writeBigUInt64BE(BigInt(refcountOffset), 48);
    header.writeUInt32BE(refcountClusters, 56);
    header.writeUInt32BE(4, 96); // refcounts have 2^4 bits
    header.writeUInt32BE(HEADER_LENGTH, 100);
    return header;
  }
}

function pointer(cluster: number): bigint {
  return COPIED | BigInt(cluster * CLUSTER);
}

function roundUp(value: number, unit: number): number {
  return Math.max(Math.ceil(value / unit), 1) * unit;
}
