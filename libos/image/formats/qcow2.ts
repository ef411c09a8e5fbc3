/**
 * QEMU's qcow2, version 3 (QEMU, docs/interop/qcow2.txt): a disk in clusters, of which those of zeros are
 * left out. Neither compression nor snapshots.
 */

const CLUSTER_BITS = 12;
const CLUSTER = 1 << CLUSTER_BITS;
/** Entries of 64 bits in a cluster of a table. */
const ENTRIES = CLUSTER / 8;
/** Reference counts are of 16 bits: 1 << 4. */
const REFCOUNT_ORDER = 4;
const REFCOUNTS = CLUSTER / 2;
const HEADER_BYTES = 104;
const VERSION = 3;
/** "QFI", 0xfb */
const MAGIC = 0x514649fb;
/** In a table's entry: nobody else refers to this cluster. */
const COPIED = 1n << 63n;
const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n;
/** What is read: of disks that are larger, nothing of ours lies behind. */
const READ_BYTES_MAX: number = 2 ** 31;
/** Of a small disk: the header, and one cluster of the largest size for each kind of table. */
const TABLE_BYTES_MAX: number = 16 * 2 ** 21;

/** Offsets in the header; big-endian. */
const HEADER = {
  VERSION: 4,
  CLUSTER_BITS: 20,
  SIZE: 24,
  L1_ENTRIES: 36,
  L1_OFFSET: 40,
  REFCOUNT_OFFSET: 48,
  REFCOUNT_CLUSTERS: 56,
  REFCOUNT_ORDER: 96,
  HEADER_BYTES: 100,
} as const;

/** Where everything lies, in clusters; one after the other behind the header. */
interface Plan {
  readonly refcountTable: number;
  readonly refcountTables: number;
  readonly refcountBlocks: number;
  readonly l1: number;
  readonly l1Clusters: number;
  readonly l2Count: number;
  readonly data: number;
  readonly total: number;
}

/** Counts of references need clusters that are counted themselves: they grow until all fit. */
function plan(diskClusters: number, dataClusters: number): Plan {
  const l2Count = Math.ceil(diskClusters / ENTRIES);
  const l1Clusters = Math.ceil(l2Count / ENTRIES);
  let [refcountTables, refcountBlocks] = [1, 1];
  for (;;) {
    const l1 = 1 + refcountTables + refcountBlocks;
    const data = l1 + l1Clusters + l2Count;
    const total = data + dataClusters;
    const blocks = Math.ceil(total / REFCOUNTS);
    const tables = Math.ceil(blocks / ENTRIES);
    if (blocks <= refcountBlocks && tables <= refcountTables) {
      return {
        refcountTable: 1,
        refcountTables,
        refcountBlocks,
        l1,
        l1Clusters,
        l2Count,
        data,
        total,
      };
    }
    [refcountTables, refcountBlocks] = [Math.max(tables, refcountTables), blocks];
  }
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** @param disk In whole sectors of 512 bytes. */
export function encodeQcow2(disk: Uint8Array): Uint8Array {
  const diskClusters = Math.ceil(disk.length / CLUSTER);
  const clusterOf = (index: number): Uint8Array =>
    disk.subarray(index * CLUSTER, (index + 1) * CLUSTER);
  const used = Array.from({ length: diskClusters }, (_, index) => index).filter(
    (index) => !isZero(clusterOf(index)),
  );
  const at = plan(diskClusters, used.length);
  const file = new Uint8Array(at.total * CLUSTER);
  const view = new DataView(file.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(HEADER.VERSION, VERSION);
  view.setUint32(HEADER.CLUSTER_BITS, CLUSTER_BITS);
  view.setBigUint64(HEADER.SIZE, BigInt(disk.length));
  view.setUint32(HEADER.L1_ENTRIES, at.l2Count);
  view.setBigUint64(HEADER.L1_OFFSET, BigInt(at.l1 * CLUSTER));
  view.setBigUint64(HEADER.REFCOUNT_OFFSET, BigInt(at.refcountTable * CLUSTER));
  view.setUint32(HEADER.REFCOUNT_CLUSTERS, at.refcountTables);
  view.setUint32(HEADER.REFCOUNT_ORDER, REFCOUNT_ORDER);
  view.setUint32(HEADER.HEADER_BYTES, HEADER_BYTES);
  const putEntry = (table: number, index: number, cluster: number, flags: bigint): void => {
    view.setBigUint64(table * CLUSTER + index * 8, BigInt(cluster * CLUSTER) | flags);
  };
  const firstBlock = at.refcountTable + at.refcountTables;
  for (let index = 0; index < at.refcountBlocks; index++) {
    putEntry(at.refcountTable, index, firstBlock + index, 0n);
  }
  for (let cluster = 0; cluster < at.total; cluster++) {
    view.setUint16(firstBlock * CLUSTER + cluster * 2, 1);
  }
  const firstL2 = at.l1 + at.l1Clusters;
  for (let index = 0; index < at.l2Count; index++) putEntry(at.l1, index, firstL2 + index, COPIED);
  for (const [order, index] of used.entries()) {
    putEntry(firstL2, index, at.data + order, COPIED);
    file.set(clusterOf(index), (at.data + order) * CLUSTER);
  }
  return file;
}

/**
 * @param head The first bytes of a file.
 * @returns As much of the file as may hold what `parseQcow2` reads; undefined: it reads none of it.
 */
export function qcow2End(head: Uint8Array): number | undefined {
  if (head.length < HEADER_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const isOurs = view.getUint32(0) === MAGIC && view.getUint32(HEADER.VERSION) === VERSION;
  const size = Number(view.getBigUint64(HEADER.SIZE));
  // The tables, and clusters that `qemu-img` leaves free, are at most as long again.
  return isOurs && size <= READ_BYTES_MAX ? 2 * size + TABLE_BYTES_MAX : undefined;
}

/**
 * Reads what `encodeQcow2` or `qemu-img` wrote, without compressed clusters, snapshots and backing files.
 *
 * @returns The disk, of which clusters outside of the file are zero; undefined: it is none that we read.
 */
export function parseQcow2(file: Uint8Array): Uint8Array | undefined {
  if (file.length < HEADER_BYTES) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0) !== MAGIC || view.getUint32(HEADER.VERSION) !== VERSION) return undefined;
  const clusterBits = view.getUint32(HEADER.CLUSTER_BITS);
  const size = Number(view.getBigUint64(HEADER.SIZE));
  if (clusterBits < 9 || clusterBits > 21 || size > READ_BYTES_MAX) return undefined;
  const cluster = 2 ** clusterBits;
  const entries = cluster / 8;
  const readEntry = (table: number, index: number): number => {
    const at = table + index * 8;
    return at + 8 > file.length ? 0 : Number(view.getBigUint64(at) & OFFSET_MASK);
  };
  const disk = new Uint8Array(size);
  const l1 = Number(view.getBigUint64(HEADER.L1_OFFSET));
  for (let index = 0; index * cluster < size; index++) {
    const l2 = readEntry(l1, Math.floor(index / entries));
    const data = l2 === 0 ? 0 : readEntry(l2, index % entries);
    if (data === 0) continue;
    const at = index * cluster;
    disk.set(file.subarray(data, data + Math.min(cluster, size - at)), at);
  }
  return disk;
}
