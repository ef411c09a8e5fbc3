/** Reads the kernel's ELF file, and writes that of an image. */

/** Offsets in the header of a 64-bit ELF file, and its size (System V gABI, chapter 4). */
const HEADER = {
  TYPE: 16,
  MACHINE: 18,
  VERSION: 20,
  ENTRY: 24,
  PROGRAM_OFFSET: 32,
  HEADER_BYTES: 52,
  PROGRAM_BYTES: 54,
  PROGRAM_COUNT: 56,
} as const;
/** 64 bits, little-endian, version 1. */
const IDENTIFICATION = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1];
const [EXECUTABLE, X86_64] = [2, 62];
const HEADER_BYTES = 64;
/** Offsets in a program header (chapter 5). */
const PROGRAM = {
  TYPE: 0,
  FLAGS: 4,
  OFFSET: 8,
  VIRTUAL: 16,
  PHYSICAL: 24,
  FILE_BYTES: 32,
  MEMORY_BYTES: 40,
  ALIGN: 48,
} as const;
const PROGRAM_BYTES = 56;
export const LOAD = 1;
export const NOTE = 4;
export const EXECUTE = 1;
export const WRITE = 2;
export const READ = 4;
export const PAGE = 4096;
const NOTE_HEADER_BYTES = 12;
/** The kernel's note that says what lies beside it: its name, type, and words in its descriptor. */
const JOINED_NOTE = { NAME: "libos", TYPE: 1, BYTES: 40 } as const;
/** XEN_ELFNOTE_PHYS32_ENTRY (Xen, `xen/include/public/elfnote.h`). */
const PVH_NOTE = { NAME: "Xen", TYPE: 18, BYTES: 4 } as const;

export interface Program {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly physical: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const numberAt = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));
export const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** @returns The program headers; undefined for what is no 64-bit little-endian ELF file. */
export function readPrograms(bytes: Uint8Array): Program[] | undefined {
  const isElf = IDENTIFICATION.every((value, index) => bytes[index] === value);
  if (!isElf || bytes.length < HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  const start = numberAt(view, HEADER.PROGRAM_OFFSET);
  const count = view.getUint16(HEADER.PROGRAM_COUNT, true);
  if (start !== HEADER_BYTES || start + count * PROGRAM_BYTES > bytes.length) return undefined;
  return Array.from({ length: count }, (_, index): Program => {
    const at = start + index * PROGRAM_BYTES;
    return {
      type: view.getUint32(at + PROGRAM.TYPE, true),
      flags: view.getUint32(at + PROGRAM.FLAGS, true),
      offset: numberAt(view, at + PROGRAM.OFFSET),
      physical: numberAt(view, at + PROGRAM.PHYSICAL),
      fileBytes: numberAt(view, at + PROGRAM.FILE_BYTES),
      memoryBytes: numberAt(view, at + PROGRAM.MEMORY_BYTES),
    };
  });
}

interface NoteKind {
  readonly NAME: string;
  readonly TYPE: number;
  /** Of the descriptor, at least. */
  readonly BYTES: number;
}

/** @returns Where a note's descriptor lies in the file; undefined where there is none. */
function findNote(
  bytes: Uint8Array,
  programs: readonly Program[],
  kind: NoteKind,
): number | undefined {
  const view = viewOf(bytes);
  for (const { type, offset, fileBytes } of programs) {
    if (type !== NOTE) continue;
    const end = Math.min(offset + fileBytes, bytes.length);
    let at = offset;
    while (at + NOTE_HEADER_BYTES <= end) {
      const nameBytes = view.getUint32(at, true);
      const descriptorBytes = view.getUint32(at + 4, true);
      const nameAt = at + NOTE_HEADER_BYTES;
      const descriptorAt = nameAt + alignUp(nameBytes, 4);
      const next = descriptorAt + alignUp(descriptorBytes, 4);
      if (next > end) break;
      const name = String.fromCharCode(...bytes.subarray(nameAt, nameAt + kind.NAME.length));
      const isWanted = name === kind.NAME && view.getUint32(at + 8, true) === kind.TYPE;
      if (isWanted && descriptorBytes >= kind.BYTES) return descriptorAt;
      at = next;
    }
  }
  return undefined;
}

/** A kernel with its payload, as they lie in memory when the kernel is entered. */
export interface MemoryImage {
  /** Physical. */
  readonly address: number;
  readonly bytes: Uint8Array;
  /** The kernel's machine code in it. */
  readonly codeOffset: number;
  readonly codeBytes: number;
  readonly payloadOffset: number;
  readonly pvhEntry: number;
  readonly multibootEntry: number;
}

/**
 * Lays a kernel out as in memory, and its payload with the command line behind it; the kernel's note
 * says where.
 *
 * @param kernel What `scripts/build-kernel.ts` builds.
 * @param payload What `encodePayload` makes.
 * @param commandLine Words for the kernel, before those of the loader.
 * @throws Error when the kernel is none.
 */
export function layOut(
  kernel: Uint8Array,
  payload: Uint8Array,
  commandLine: string = "",
): MemoryImage {
  const programs = readPrograms(kernel);
  const noteAt = programs && findNote(kernel, programs, JOINED_NOTE);
  const pvhAt = programs && findNote(kernel, programs, PVH_NOTE);
  const loads = programs?.filter(({ type }) => type === LOAD) ?? [];
  const code = loads.find(({ flags }) => (flags & EXECUTE) !== 0);
  if (noteAt === undefined || pvhAt === undefined || code === undefined) {
    throw new Error("the kernel is none that an application can be joined with: build it again");
  }
  const address = Math.min(...loads.map(({ physical }) => physical));
  const memoryEnd = Math.max(...loads.map((load) => load.physical + load.memoryBytes));
  const payloadOffset = alignUp(memoryEnd, PAGE) - address;
  const line = new TextEncoder().encode(commandLine);
  const lineOffset = alignUp(payloadOffset + payload.length, 8);
  const end = line.length === 0 ? payloadOffset + payload.length : lineOffset + line.length;
  const bytes = new Uint8Array(end);
  for (const { offset, physical, fileBytes } of loads) {
    bytes.set(kernel.subarray(offset, offset + fileBytes), physical - address);
  }
  bytes.set(payload, payloadOffset);
  bytes.set(line, lineOffset < end ? lineOffset : end);
  const holder = loads.find(
    ({ offset, fileBytes }) => noteAt >= offset && noteAt < offset + fileBytes,
  );
  if (holder === undefined) throw new Error("the kernel's note is not loaded: build it again");
  const view = viewOf(bytes);
  // The last word: the image's loader has compared the checksum of everything.
  const words = [address + payloadOffset, payload.length, address + lineOffset, line.length, 1];
  const wordsAt = holder.physical - address + noteAt - holder.offset;
  for (const [index, word] of words.entries()) {
    view.setBigUint64(wordsAt + index * 8, BigInt(word), true);
  }
  const kernelView = viewOf(kernel);
  return {
    address,
    bytes,
    codeOffset: code.physical - address,
    codeBytes: code.fileBytes,
    payloadOffset,
    pvhEntry: kernelView.getUint32(pvhAt, true),
    multibootEntry: numberAt(kernelView, HEADER.ENTRY),
  };
}

/** Writes the header of an executable ELF file and its program headers to the start of `file`. */
export function encodeElfHeaders(
  file: Uint8Array,
  entry: number,
  programs: readonly Program[],
): void {
  const view = viewOf(file);
  file.set(IDENTIFICATION);
  view.setUint16(HEADER.TYPE, EXECUTABLE, true);
  view.setUint16(HEADER.MACHINE, X86_64, true);
  view.setUint32(HEADER.VERSION, 1, true);
  view.setBigUint64(HEADER.ENTRY, BigInt(entry), true);
  view.setBigUint64(HEADER.PROGRAM_OFFSET, BigInt(HEADER_BYTES), true);
  view.setUint16(HEADER.HEADER_BYTES, HEADER_BYTES, true);
  view.setUint16(HEADER.PROGRAM_BYTES, PROGRAM_BYTES, true);
  view.setUint16(HEADER.PROGRAM_COUNT, programs.length, true);
  for (const [index, program] of programs.entries()) {
    const at = HEADER_BYTES + index * PROGRAM_BYTES;
    view.setUint32(at + PROGRAM.TYPE, program.type, true);
    view.setUint32(at + PROGRAM.FLAGS, program.flags, true);
    for (const [field, value] of [
      [PROGRAM.OFFSET, program.offset],
      [PROGRAM.VIRTUAL, program.physical],
      [PROGRAM.PHYSICAL, program.physical],
      [PROGRAM.FILE_BYTES, program.fileBytes],
      [PROGRAM.MEMORY_BYTES, program.memoryBytes],
      [PROGRAM.ALIGN, program.type === LOAD ? PAGE : 4],
    ] as const) {
      view.setBigUint64(at + field, BigInt(value), true);
    }
  }
}
