/** Joins a payload with the kernel into one ELF file that a loader starts (`SPEC.md`, "One file"). */

const PAGE_BYTES = 4096;
/** Offsets in the header of a 64-bit ELF file (System V ABI, chapter 4). */
const ELF = {
  SEGMENTS_AT: 32,
  SECTIONS_AT: 40,
  SEGMENT_BYTES: 54,
  SEGMENTS: 56,
  SECTIONS: 60,
} as const;
/** Offsets in a program header, which has 56 bytes. */
const SEGMENT = {
  FLAGS: 4,
  OFFSET: 8,
  VIRTUAL: 16,
  PHYSICAL: 24,
  FILE: 32,
  MEMORY: 40,
  ALIGN: 48,
} as const;
const SEGMENT_BYTES = 56;
const LOAD = 1;
const NOTE = 4;
const READ_WRITE = 6;
/** "libos" with its NUL, as the name of the note. */
const NOTE_NAME = Uint8Array.of(0x6c, 0x69, 0x62, 0x6f, 0x73, 0);
const NOTE_BYTES = 32;
/** The kernel ignores a longer line. */
const COMMAND_LINE_MAX_BYTES = 2047;

/**
 * @param kernel The kernel as it was built, `build/kernel/libos-x86_64.elf`.
 * @param payload What `encodePayload` made.
 * @param commandLine Words for the kernel and the application, in UTF-8; at most 2,047 bytes.
 * @returns The image: an ELF file with the same entry.
 * @throws RangeError when the kernel is not one, or the line is too long.
 */
export function joinImage(
  kernel: Uint8Array,
  payload: Uint8Array,
  commandLine: Uint8Array = new Uint8Array(0),
): Uint8Array {
  if (commandLine.length > COMMAND_LINE_MAX_BYTES) {
    throw new RangeError(`a command line has at most ${COMMAND_LINE_MAX_BYTES} bytes`);
  }
  const source = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  const segments = readSegments(source);
  const address = alignUp(Math.max(...segments.map(endInMemory(source))));
  const fileEnd = Math.max(...segments.map(endInFile(source)));
  const at = alignUp(fileEnd);
  const image = new Uint8Array(at + payload.length + commandLine.length);
  image.set(kernel.subarray(0, fileEnd));
  image.set(payload, at);
  image.set(commandLine, at + payload.length);
  const view = new DataView(image.buffer);
  addSegment(view, segments, at, address, payload.length + commandLine.length);
  const note = findNote(view, segments);
  for (const [index, value] of [
    address,
    payload.length,
    address + payload.length,
    commandLine.length,
  ].entries()) {
    view.setBigUint64(note + index * 8, BigInt(value), true);
  }
  return image;
}

function alignUp(value: number): number {
  return Math.ceil(value / PAGE_BYTES) * PAGE_BYTES;
}

function readNumber(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

/** @returns Where each program header lies. */
function readSegments(view: DataView): number[] {
  const isElf = view.byteLength > 64 && view.getUint32(0) === 0x7f454c46 && view.getUint8(4) === 2;
  if (!isElf || view.getUint16(ELF.SEGMENT_BYTES, true) !== SEGMENT_BYTES) {
    throw new RangeError("the kernel is no 64-bit ELF file");
  }
  const first = readNumber(view, ELF.SEGMENTS_AT);
  const count = view.getUint16(ELF.SEGMENTS, true);
  const segments = Array.from({ length: count }, (_, index) => first + index * SEGMENT_BYTES);
  if (count === 0 || first + count * SEGMENT_BYTES > view.byteLength) {
    throw new RangeError("the kernel has no segments");
  }
  return segments;
}

function endInMemory(view: DataView): (segment: number) => number {
  return (segment) =>
    readNumber(view, segment + SEGMENT.PHYSICAL) + readNumber(view, segment + SEGMENT.MEMORY);
}

function endInFile(view: DataView): (segment: number) => number {
  return (segment) => {
    const end =
      readNumber(view, segment + SEGMENT.OFFSET) + readNumber(view, segment + SEGMENT.FILE);
    if (end > view.byteLength) throw new RangeError("the kernel is truncated");
    return end;
  };
}

/** Writes one more program header behind the last one, where the linker left a gap of a page. */
function addSegment(
  view: DataView,
  segments: readonly number[],
  offset: number,
  address: number,
  length: number,
): void {
  const at = segments.at(-1)! + SEGMENT_BYTES;
  const firstContent = Math.min(
    ...segments.map((segment) => readNumber(view, segment + SEGMENT.OFFSET)),
  );
  if (at + SEGMENT_BYTES > firstContent)
    throw new RangeError("the kernel has no room for a segment");
  view.setUint32(at, LOAD, true);
  view.setUint32(at + SEGMENT.FLAGS, READ_WRITE, true);
  for (const [field, value] of [
    [SEGMENT.OFFSET, offset],
    [SEGMENT.VIRTUAL, address],
    [SEGMENT.PHYSICAL, address],
    [SEGMENT.FILE, length],
    [SEGMENT.MEMORY, length],
    [SEGMENT.ALIGN, PAGE_BYTES],
  ] as const) {
    view.setBigUint64(at + field, BigInt(value), true);
  }
  view.setUint16(ELF.SEGMENTS, segments.length + 1, true);
  // Sections are for linkers and debuggers; those of the kernel were left behind.
  view.setBigUint64(ELF.SECTIONS_AT, 0n, true);
  view.setUint16(ELF.SECTIONS, 0, true);
  view.setUint16(ELF.SECTIONS + 2, 0, true);
}

/** @returns Where the four numbers of the note lie. */
function findNote(view: DataView, segments: readonly number[]): number {
  for (const segment of segments) {
    if (view.getUint32(segment, true) !== NOTE) continue;
    const start = readNumber(view, segment + SEGMENT.OFFSET);
    const end = start + readNumber(view, segment + SEGMENT.FILE);
    for (let at = start; at + 12 <= end;) {
      const nameBytes = view.getUint32(at, true);
      const content = at + 12 + Math.ceil(nameBytes / 4) * 4;
      const contentBytes = view.getUint32(at + 4, true);
      const isOurs =
        nameBytes === NOTE_NAME.length &&
        contentBytes === NOTE_BYTES &&
        content + NOTE_BYTES <= end &&
        NOTE_NAME.every((byte, index) => view.getUint8(at + 12 + index) === byte);
      if (isOurs) return content;
      at = content + Math.ceil(contentBytes / 4) * 4;
    }
  }
  throw new RangeError("the kernel has no note of libos: it is another kernel, or an older one");
}
