/**
 * The header of an image, in its loader behind the ELF and program headers: where the blob lies, what it
 * unpacks to, and a checksum over all of it (`bare-metal/SPEC.md`).
 */

/** Where it begins in the file; the loader, of which it is the first part, is linked for that. */
export const HEADER_AT = 0x100;
/** Where the file begins in memory. */
export const LOAD_ADDRESS = 0x10_0000;

/** Offsets in the header; every field is u32, little-endian, but the magic. */
const FIELD = {
  MAGIC: 0,
  CHECKSUM: 8,
  LOADER_BYTES: 12,
  BLOB_ADDRESS: 16,
  BLOB_BYTES: 20,
  TARGET_ADDRESS: 24,
  TARGET_BYTES: 28,
  CODE_OFFSET: 32,
  CODE_BYTES: 36,
  PVH_ENTRY: 40,
  MULTIBOOT_ENTRY: 44,
  MEMORY_END: 48,
  METHOD: 52,
  PAYLOAD_OFFSET: 56,
  PAYLOAD_BYTES: 60,
  NOTE_ADDRESS: 64,
  NOTE_BYTES: 68,
  LOADER_PVH_ENTRY: 72,
  LOADER_MULTIBOOT_ENTRY: 76,
} as const;
const HEADER_BYTES = 80;
/** The checksum itself is left out of what it covers. */
export const CHECKSUM: { readonly at: number; readonly bytes: number } = {
  at: HEADER_AT + FIELD.CHECKSUM,
  bytes: 4,
};
/** "libosIM1" */
const MAGIC = Uint8Array.of(0x6c, 0x69, 0x62, 0x6f, 0x73, 0x49, 0x4d, 0x31);

/** How a blob is packed. */
export type Method = "none" | "zstd" | "lzma";
/** By their number in the header. */
const METHODS: readonly Method[] = ["none", "zstd", "lzma"];

/** What the builder decides. Addresses are physical. */
export interface ImageHeader {
  readonly blobAddress: number;
  readonly blobBytes: number;
  /** Where the kernel and the payload belong. */
  readonly targetAddress: number;
  readonly targetBytes: number;
  /** The part of it that went through `filterX86`; without bytes: none. */
  readonly codeOffset: number;
  readonly codeBytes: number;
  readonly pvhEntry: number;
  readonly multibootEntry: number;
  /** RAM must reach to this address to unpack. */
  readonly memoryEnd: number;
  readonly method: Method;
  readonly payloadOffset: number;
  readonly payloadBytes: number;
}

/** What the loader's linker decided, and the checksum. */
export interface LoaderHeader {
  readonly checksum: number;
  /** Bytes of the loader, with what lies before the header. */
  readonly loaderBytes: number;
  readonly noteAddress: number;
  readonly noteBytes: number;
  readonly loaderPvhEntry: number;
  readonly loaderMultibootEntry: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Writes the builder's part. */
export function encodeHeader(file: Uint8Array, header: ImageHeader): void {
  const view = viewOf(file);
  for (const [field, value] of [
    [FIELD.BLOB_ADDRESS, header.blobAddress],
    [FIELD.BLOB_BYTES, header.blobBytes],
    [FIELD.TARGET_ADDRESS, header.targetAddress],
    [FIELD.TARGET_BYTES, header.targetBytes],
    [FIELD.CODE_OFFSET, header.codeOffset],
    [FIELD.CODE_BYTES, header.codeBytes],
    [FIELD.PVH_ENTRY, header.pvhEntry],
    [FIELD.MULTIBOOT_ENTRY, header.multibootEntry],
    [FIELD.MEMORY_END, header.memoryEnd],
    [FIELD.METHOD, METHODS.indexOf(header.method)],
    [FIELD.PAYLOAD_OFFSET, header.payloadOffset],
    [FIELD.PAYLOAD_BYTES, header.payloadBytes],
  ] as const) {
    view.setUint32(HEADER_AT + field, value, true);
  }
}

/** @returns Undefined where there is no such header. */
export function parseHeader(file: Uint8Array): (ImageHeader & LoaderHeader) | undefined {
  if (file.length < HEADER_AT + HEADER_BYTES) return undefined;
  if (!MAGIC.every((byte, index) => file[HEADER_AT + index] === byte)) return undefined;
  const view = viewOf(file);
  const read = (field: number): number => view.getUint32(HEADER_AT + field, true);
  const method = METHODS[read(FIELD.METHOD)];
  if (method === undefined) return undefined;
  return {
    blobAddress: read(FIELD.BLOB_ADDRESS),
    blobBytes: read(FIELD.BLOB_BYTES),
    targetAddress: read(FIELD.TARGET_ADDRESS),
    targetBytes: read(FIELD.TARGET_BYTES),
    codeOffset: read(FIELD.CODE_OFFSET),
    codeBytes: read(FIELD.CODE_BYTES),
    pvhEntry: read(FIELD.PVH_ENTRY),
    multibootEntry: read(FIELD.MULTIBOOT_ENTRY),
    memoryEnd: read(FIELD.MEMORY_END),
    method,
    payloadOffset: read(FIELD.PAYLOAD_OFFSET),
    payloadBytes: read(FIELD.PAYLOAD_BYTES),
    checksum: read(FIELD.CHECKSUM),
    loaderBytes: read(FIELD.LOADER_BYTES),
    noteAddress: read(FIELD.NOTE_ADDRESS),
    noteBytes: read(FIELD.NOTE_BYTES),
    loaderPvhEntry: read(FIELD.LOADER_PVH_ENTRY),
    loaderMultibootEntry: read(FIELD.LOADER_MULTIBOOT_ENTRY),
  };
}
