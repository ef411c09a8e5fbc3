/**
 * Joins the kernel and a payload into one ELF executable that a PVH loader (QEMU's `-kernel`) boots
 * without a second file, and finds the payload in such a file again (`bare-metal/SPEC.md`).
 */

/** Offsets in the header of a 64-bit ELF file, and its size (System V gABI, chapter 4). */
const HEADER = {
  PROGRAM_OFFSET: 32,
  SECTION_OFFSET: 40,
  PROGRAM_COUNT: 56,
  SECTION_ENTRY_BYTES: 58,
  SECTION_COUNT: 60,
  SECTION_NAMES: 62,
} as const;
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
const [LOAD, NOTE] = [1, 4];
const READ_WRITE = 6;
const PAGE = 4096;
const NOTE_HEADER_BYTES = 12;
/** The note that says what is joined: its name, type, and four words in its descriptor. */
const JOINED = { NAME: "libos", TYPE: 1, BYTES: 32 } as const;

interface Program {
  readonly type: number;
  readonly offset: number;
  readonly physical: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const numberAt = (view: DataView, at: number): number => Number(view.getBigUint64(at, true));
const alignUp = (value: number, to: number): number => Math.ceil(value / to) * to;

/** @returns The program headers; undefined for what is no 64-bit little-endian ELF file. */
function readPrograms(bytes: Uint8Array): Program[] | undefined {
  const isElf = [0x7f, 0x45, 0x4c, 0x46, 2, 1].every((value, index) => bytes[index] === value);
  if (!isElf || bytes.length < HEADER_BYTES) return undefined;
  const view = viewOf(bytes);
  const start = numberAt(view, HEADER.PROGRAM_OFFSET);
  const count = view.getUint16(HEADER.PROGRAM_COUNT, true);
  if (start !== HEADER_BYTES || start + count * PROGRAM_BYTES > bytes.length) return undefined;
  return Array.from({ length: count }, (_, index): Program => {
    const at = start + index * PROGRAM_BYTES;
    return {
      type: view.getUint32(at + PROGRAM.TYPE, true),
      offset: numberAt(view, at + PROGRAM.OFFSET),
      physical: numberAt(view, at + PROGRAM.PHYSICAL),
      fileBytes: numberAt(view, at + PROGRAM.FILE_BYTES),
      memoryBytes: numberAt(view, at + PROGRAM.MEMORY_BYTES),
    };
  });
}

/** @returns Where the descriptor of our note lies in the file; undefined where there is none. */
function findNote(bytes: Uint8Array, programs: readonly Program[]): number | undefined {
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
      const name = String.fromCharCode(...bytes.subarray(nameAt, nameAt + JOINED.NAME.length));
      const isOurs = name === JOINED.NAME && view.getUint32(at + 8, true) === JOINED.TYPE;
      if (isOurs && descriptorBytes >= JOINED.BYTES) return descriptorAt;
      at = next;
    }
  }
  return undefined;
}

/**
 * Joins.
 *
 * @param kernel What `scripts/build-kernel.ts` builds.
 * @param payload What `encodePayload` makes.
 * @param commandLine Words for the kernel, before those of the loader.
 * @throws Error when the kernel is none.
 */
export function joinImage(
  kernel: Uint8Array,
  payload: Uint8Array,
  commandLine: string = "",
): Uint8Array {
  const programs = readPrograms(kernel);
  const noteAt = programs === undefined ? undefined : findNote(kernel, programs);
  const loads = programs?.filter(({ type }) => type === LOAD) ?? [];
  if (programs === undefined || noteAt === undefined || loads.length === 0) {
    throw new Error("the kernel is none that an application can be joined with: build it again");
  }
  const headersEnd = HEADER_BYTES + (programs.length + 1) * PROGRAM_BYTES;
  if (Math.min(...programs.map(({ offset }) => offset)) < headersEnd) {
    throw new Error("the kernel's file has no room for a program header");
  }
  const line = new TextEncoder().encode(commandLine);
  const lineAt = alignUp(payload.length, 8);
  const length = line.length === 0 ? payload.length : lineAt + line.length;
  const end = Math.max(...loads.map(({ offset, fileBytes }) => offset + fileBytes));
  const offset = alignUp(end, PAGE);
  const memoryEnd = Math.max(...loads.map((load) => load.physical + load.memoryBytes));
  const address = alignUp(memoryEnd, PAGE);
  const image = new Uint8Array(offset + length);
  image.set(kernel.subarray(0, end));
  image.set(payload, offset);
  if (line.length > 0) image.set(line, offset + lineAt);
  const view = viewOf(image);
  writeProgram(view, HEADER_BYTES + programs.length * PROGRAM_BYTES, offset, address, length);
  view.setUint16(HEADER.PROGRAM_COUNT, programs.length + 1, true);
  const words = [address, payload.length, address + lineAt, line.length];
  for (const [index, word] of words.entries()) {
    view.setBigUint64(noteAt + index * 8, BigInt(word), true);
  }
  // The table of sections is left behind.
  view.setBigUint64(HEADER.SECTION_OFFSET, 0n, true);
  for (const field of [HEADER.SECTION_ENTRY_BYTES, HEADER.SECTION_COUNT, HEADER.SECTION_NAMES]) {
    view.setUint16(field, 0, true);
  }
  return image;
}

function writeProgram(
  view: DataView,
  at: number,
  offset: number,
  address: number,
  length: number,
): void {
  view.setUint32(at + PROGRAM.TYPE, LOAD, true);
  view.setUint32(at + PROGRAM.FLAGS, READ_WRITE, true);
  for (const [field, value] of [
    [PROGRAM.OFFSET, offset],
    [PROGRAM.VIRTUAL, address],
    [PROGRAM.PHYSICAL, address],
    [PROGRAM.FILE_BYTES, length],
    [PROGRAM.MEMORY_BYTES, length],
    [PROGRAM.ALIGN, PAGE],
  ] as const) {
    view.setBigUint64(at + field, BigInt(value), true);
  }
}

/** What `splitImage` finds. */
export interface SplitImage {
  /** Bytes of the file before what was joined. */
  readonly kernelBytes: number;
  /** As long as the file has it: a truncated one is shorter than it says itself. */
  readonly payload: Uint8Array;
}

/**
 * Finds the payload of an image that `joinImage` made.
 *
 * @returns Undefined for any other file.
 */
export function splitImage(image: Uint8Array): SplitImage | undefined {
  const programs = readPrograms(image);
  const noteAt = programs === undefined ? undefined : findNote(image, programs);
  if (programs === undefined || noteAt === undefined) return undefined;
  const view = viewOf(image);
  const [address, length] = [numberAt(view, noteAt), numberAt(view, noteAt + 8)];
  const segment = programs.find(({ type, physical }) => type === LOAD && physical === address);
  if (segment === undefined || length === 0) return undefined;
  const { offset } = segment;
  return { kernelBytes: offset, payload: image.subarray(offset, offset + length) };
}
