/**
 * Makes one ELF file of a loader, and of a kernel with its payload packed into a blob
 * (`bare-metal/SPEC.md`); and takes such a file apart.
 *
 * The blob lies where it unpacks in place: so far behind the start of its output that no byte is
 * overwritten before it is read, and no farther. So an image needs hardly more memory to unpack than
 * it needs afterwards.
 */
import * as elf from "./elf.ts";
import {
  CHECKSUM,
  encodeHeader,
  LOAD_ADDRESS,
  parseHeader,
  HEADER_AT,
  type ImageHeader,
  type LoaderHeader,
  type Method,
} from "./image-header.ts";
import { decodeLzma } from "./lzma/decode.ts";
import { encodeLzma } from "./lzma/encode.ts";
import { MARK_BYTES, type Unpacked } from "./unpacked.ts";
import { filterX86, unfilterX86 } from "./x86-filter.ts";
import { xxh64 } from "./xxh64.ts";
import { decodeZstd } from "./zstd/decode.ts";
import { encodeZstd } from "./zstd/encode.ts";
import { BLOCK_BYTES_MAX } from "./zstd/format.ts";

/** The loader for each method: a flat binary that begins with the image's header. */
export type Loaders = Readonly<Record<Method, Uint8Array>>;

/** The loader's Zstandard may read so many bytes behind the frame. */
const READ_AHEAD = 8;
/** It copies sixteen bytes at once: so many are written behind what it unpacked. */
const WRITE_AHEAD = 16;
/** It has the literals of a block behind the frame at first (`SCRATCH_BYTES` in the loader). */
const SCRATCH_BYTES: number = BLOCK_BYTES_MAX + WRITE_AHEAD;

export interface PackOptions {
  readonly kernel: Uint8Array;
  readonly payload: Uint8Array;
  /** Words for the kernel, before those of the loader. */
  readonly commandLine?: string;
  readonly loaders: Loaders;
  /** Without effect where the whole does not become smaller. */
  readonly method: Method;
}

/**
 * Packs. The same input gives the same bytes.
 *
 * @throws Error when the kernel is none.
 */
export function packImage(options: PackOptions): Uint8Array {
  const { kernel, payload, commandLine, loaders, method } = options;
  const memory = elf.layOut(kernel, payload, commandLine);
  const plain = join(memory, payload.length, loaders, "none");
  if (method === "none") return plain;
  const packed = join(memory, payload.length, loaders, method);
  return packed.length < plain.length ? packed : plain;
}

/** What unpacks to the memory image, and how far behind its start it must lie. */
interface Blob {
  readonly bytes: Uint8Array;
  readonly lead: number;
  /** Memory behind it that unpacking uses. */
  readonly scratchBytes: number;
}

function makeBlob(memory: elf.MemoryImage, method: Method): Blob {
  if (method === "none") return { bytes: memory.bytes, lead: 0, scratchBytes: 0 };
  const filtered = memory.bytes.slice();
  filterX86(filtered.subarray(memory.codeOffset, memory.codeOffset + memory.codeBytes));
  if (method === "lzma") {
    const bytes = encodeLzma(filtered);
    return { bytes, lead: decodeLzma(bytes, filtered.length).lead, scratchBytes: 0 };
  }
  const frame = encodeZstd(filtered);
  const bytes = new Uint8Array(frame.length + READ_AHEAD);
  bytes.set(frame);
  const lead = decodeZstd(bytes, filtered.length).lead + WRITE_AHEAD;
  return { bytes, lead, scratchBytes: SCRATCH_BYTES };
}

function join(
  memory: elf.MemoryImage,
  payloadBytes: number,
  loaders: Loaders,
  method: Method,
): Uint8Array {
  const loader = loaders[method];
  const blob = makeBlob(memory, method);
  const loaderEnd = HEADER_AT + loader.length;
  const isPacked = method !== "none";
  const blobOffset = isPacked
    ? elf.alignUp(loaderEnd, 16)
    : elf.alignUp(loaderEnd, elf.PAGE) + (memory.address % elf.PAGE);
  // The same place in a page in memory as in the file, as ELF wants it.
  const slip = (blobOffset - memory.address - blob.lead) % elf.PAGE;
  const blobAddress = memory.address + blob.lead + ((slip + elf.PAGE) % elf.PAGE);
  const memoryBytes = blob.bytes.length + blob.scratchBytes;
  const file = new Uint8Array(blobOffset + blob.bytes.length);
  file.set(loader, HEADER_AT);
  file.set(blob.bytes, blobOffset);
  const loaderHeader = parseHeader(file);
  if (loaderHeader === undefined) {
    throw new Error("the loader is none of libos: build the kernel again");
  }
  encodeHeader(file, {
    blobAddress,
    blobBytes: blob.bytes.length,
    targetAddress: memory.address,
    targetBytes: memory.bytes.length,
    codeOffset: memory.codeOffset,
    codeBytes: isPacked ? memory.codeBytes : 0,
    pvhEntry: memory.pvhEntry,
    multibootEntry: memory.multibootEntry,
    memoryEnd: elf.alignUp(
      Math.max(blobAddress + memoryBytes, memory.address + memory.bytes.length),
      elf.PAGE,
    ),
    method,
    payloadOffset: memory.payloadOffset,
    payloadBytes,
  });
  writeElf(file, loaderHeader, blobOffset, blobAddress, memoryBytes);
  new DataView(file.buffer).setUint32(CHECKSUM.at, checksum(file, loaderEnd, blobOffset), true);
  return file;
}

function writeElf(
  file: Uint8Array,
  loader: LoaderHeader,
  blobOffset: number,
  blobAddress: number,
  memoryBytes: number,
): void {
  elf.encodeElfHeaders(file, loader.loaderMultibootEntry, [
    {
      type: elf.NOTE,
      flags: elf.READ,
      offset: loader.noteAddress - LOAD_ADDRESS,
      physical: loader.noteAddress,
      fileBytes: loader.noteBytes,
      memoryBytes: loader.noteBytes,
    },
    {
      type: elf.LOAD,
      flags: elf.READ | elf.WRITE | elf.EXECUTE,
      offset: 0,
      physical: LOAD_ADDRESS,
      fileBytes: loader.loaderBytes,
      // All that will be written to is claimed, so that the machine's loader puts nothing there.
      memoryBytes: blobAddress - LOAD_ADDRESS,
    },
    {
      type: elf.LOAD,
      flags: elf.READ | elf.WRITE,
      offset: blobOffset,
      physical: blobAddress,
      fileBytes: file.length - blobOffset,
      memoryBytes,
    },
  ]);
}

/** Over the loader with all headers, and the blob; without the checksum itself. */
function checksum(file: Uint8Array, loaderEnd: number, blobOffset: number): number {
  const parts = [
    file.subarray(0, CHECKSUM.at),
    file.subarray(CHECKSUM.at + CHECKSUM.bytes, loaderEnd),
    file.subarray(blobOffset),
  ];
  return Number(
    BigInt.asUintN(
      32,
      parts.reduce((hash, part) => xxh64(part, hash), 0n),
    ),
  );
}

/** What the kernel wants free beside itself and the payload (`MEMORY_MIN` in `bare-metal/src/start.rs`). */
const KERNEL_FREE_BYTES: number = 1 << 20;
/** On every PC: no memory from 639 KiB to 1 MiB; the null page is not used either. */
const LOW_HOLE_BYTES: number = (385 << 10) + elf.PAGE;

/** An image, taken apart. */
export interface UnpackedImage extends ImageHeader, LoaderHeader {
  /** Kernel and payload, as in memory. */
  readonly memory: Uint8Array;
  readonly payload: Uint8Array;
  readonly fileBytes: number;
  /** With less memory the loader or the kernel refuses to start. */
  readonly memoryBytesMin: number;
  /** @returns Bytes of the file that a part of `memory` takes, good to a kilobyte or two. */
  packedBytes(from: number, to: number): number;
}

/**
 * Takes an image apart, and checks it as its loader does.
 *
 * @returns Or one line that says what is wrong.
 */
export function unpackImage(file: Uint8Array): UnpackedImage | string {
  const programs = elf.readPrograms(file);
  const header = programs && parseHeader(file);
  const segment = programs?.findLast(({ type }) => type === elf.LOAD);
  if (header === undefined || segment === undefined) return "it is no image of libos";
  const { offset } = segment;
  if (offset + header.blobBytes > file.length) return "it is truncated";
  const whole = file.subarray(0, offset + header.blobBytes);
  if (checksum(whole, header.loaderBytes, offset) !== header.checksum) {
    return "its checksum is wrong: it was altered";
  }
  const { bytes: memory, marks } = unpackBlob(whole.subarray(offset), header);
  const end = header.payloadOffset + header.payloadBytes;
  const packedUntil = (at: number): number => {
    if (header.method === "none" || at === 0) return at;
    return at >= memory.length ? header.blobBytes : (marks[Math.floor(at / MARK_BYTES) - 1] ?? 0);
  };
  return {
    ...header,
    memory,
    payload: memory.subarray(header.payloadOffset, end),
    fileBytes: file.length,
    memoryBytesMin: Math.max(
      header.memoryEnd,
      header.targetBytes + KERNEL_FREE_BYTES + elf.alignUp(LOW_HOLE_BYTES, elf.PAGE),
    ),
    packedBytes: (from, to) => packedUntil(to) - packedUntil(from),
  };
}

function unpackBlob(blob: Uint8Array, header: ImageHeader): Unpacked {
  const { method, targetBytes, codeOffset, codeBytes } = header;
  if (method === "none") return { bytes: blob, lead: 0, marks: [] };
  const unpack = method === "lzma" ? decodeLzma : decodeZstd;
  const unpacked = unpack(blob, targetBytes);
  unfilterX86(unpacked.bytes.subarray(codeOffset, codeOffset + codeBytes));
  return unpacked;
}
