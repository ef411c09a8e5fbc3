/** The code by which a PC's BIOS boots an image (`bare-metal/loader/bios.s`), with what it must know. */
import { LOAD, readPrograms } from "../elf.ts";
import { parseHeader } from "../image-header.ts";

/** Bytes of the code: a sector of a CD. */
export const BOOT_CODE_BYTES = 2048;
export const SECTOR_BYTES = 512;

/** Offsets of what a builder fills in, behind the magic; every field is u32, little-endian. */
const FIELD = {
  IMAGE_SECTOR: 520,
  IMAGE_BYTES: 524,
  IMAGE_ADDRESS: 528,
  LOADER_BYTES: 532,
  LOADER_ENTRY: 536,
} as const;
/** "ibsBoot1" */
const MAGIC = Uint8Array.of(0x69, 0x62, 0x73, 0x42, 0x6f, 0x6f, 0x74, 0x31);
const MAGIC_AT = 512;

/** Offsets in a master boot record (the layout of IBM's PC DOS, kept by all since). */
const MBR = { IDENTITY: 440, PARTITION: 446 } as const;
const PARTITION = { STATUS: 0, FIRST_CHS: 1, TYPE: 4, LAST_CHS: 5, FIRST: 8, COUNT: 12 } as const;
const ACTIVE = 0x80;
/** "Non-FS data": no system takes it for a file system of its own. */
const NO_FILE_SYSTEM = 0xda;
/** An address beyond what cylinder, head and sector can say. */
const BEYOND_CHS = [0xfe, 0xff, 0xff];

const sectorsOf = (bytes: number): number => Math.ceil(bytes / SECTOR_BYTES);

/**
 * @param code `bios-x86_64.bin`.
 * @param elf The image, as `packImage` makes it.
 * @param imageSector Where it lies on the disk, in sectors of 512 bytes.
 * @returns The first 2048 bytes of the disk: a master boot record with one partition, and the rest of the
 *   code.
 * @throws Error when the code or the image is none.
 */
export function encodeBootCode(code: Uint8Array, elf: Uint8Array, imageSector: number): Uint8Array {
  const header = parseHeader(elf);
  const blob = readPrograms(elf)?.findLast(({ type }) => type === LOAD);
  const isCode = code.length === BOOT_CODE_BYTES && hasMagic(code);
  if (header === undefined || blob === undefined || !isCode) {
    throw new Error("the boot sector does not fit the image: build the kernel again");
  }
  const bytes = new Uint8Array(code);
  const view = new DataView(bytes.buffer);
  for (const [field, value] of [
    [FIELD.IMAGE_SECTOR, imageSector],
    [FIELD.IMAGE_BYTES, elf.length],
    // As a whole, so that the blob lies at its address; the code moves the loader to its own.
    [FIELD.IMAGE_ADDRESS, blob.physical - blob.offset],
    [FIELD.LOADER_BYTES, header.loaderBytes],
    [FIELD.LOADER_ENTRY, header.loaderPvhEntry],
    [MBR.IDENTITY, header.checksum],
    [MBR.PARTITION + PARTITION.FIRST, imageSector],
    [MBR.PARTITION + PARTITION.COUNT, sectorsOf(elf.length)],
  ] as const) {
    view.setUint32(field, value, true);
  }
  bytes[MBR.PARTITION + PARTITION.STATUS] = ACTIVE;
  bytes[MBR.PARTITION + PARTITION.TYPE] = NO_FILE_SYSTEM;
  bytes.set(BEYOND_CHS, MBR.PARTITION + PARTITION.FIRST_CHS);
  bytes.set(BEYOND_CHS, MBR.PARTITION + PARTITION.LAST_CHS);
  return bytes;
}

function hasMagic(disk: Uint8Array): boolean {
  return MAGIC.every((byte, index) => disk[MAGIC_AT + index] === byte);
}

/** @returns The ELF file on a disk with our boot code, as long as it is there; undefined: no such disk. */
export function findOnDisk(disk: Uint8Array): Uint8Array | undefined {
  const range = rangeOnDisk(disk);
  return range && disk.subarray(...range);
}

/** @returns Where the ELF file lies on a disk with our boot code, in bytes; undefined: no such disk. */
export function rangeOnDisk(disk: Uint8Array): readonly [number, number] | undefined {
  if (disk.length < BOOT_CODE_BYTES || !hasMagic(disk)) return undefined;
  const view = new DataView(disk.buffer, disk.byteOffset, disk.byteLength);
  const start = view.getUint32(FIELD.IMAGE_SECTOR, true) * SECTOR_BYTES;
  return [start, start + view.getUint32(FIELD.IMAGE_BYTES, true)];
}
