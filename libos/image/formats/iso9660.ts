/**
 * A CD: ISO 9660 (ECMA-119) level 1 with one file, booted by El Torito (1.0) without emulation. The boot
 * code lies in the system area too, so that the same file boots from a disk or a USB stick.
 */
import { BOOT_CODE_BYTES, encodeBootCode, SECTOR_BYTES } from "./boot-sector.ts";

const BLOCK = 2048;
/** SeaBIOS boots no disk that is smaller than a cylinder: 16 heads, 63 sectors of 512 bytes. */
const BLOCKS_MIN = 252;
/** What each block holds. */
const AT = {
  VOLUME: 16,
  BOOT_RECORD: 17,
  TERMINATOR: 18,
  BOOT_CATALOG: 19,
  PATHS_LITTLE: 20,
  PATHS_BIG: 21,
  ROOT: 22,
  BOOT_CODE: 23,
  FILE: 24,
} as const;
const FILE_NAME = "LIBOS.ELF;1";
const PATH_TABLE_BYTES = 10;
const RECORD_BYTES = 33;
const FOLDER_FLAG = 2;

/** Texts are padded by blanks (ECMA-119 7.4.3.2). */
function putText(target: Uint8Array, at: number, length: number, text: string): void {
  target.fill(0x20, at, at + length);
  for (let index = 0; index < text.length; index++) target[at + index] = text.charCodeAt(index);
}

/** A number in both orders (7.3.3 and 7.2.3). */
function putBoth(target: Uint8Array, at: number, value: number, bytes: 2 | 4): void {
  const view = new DataView(target.buffer, target.byteOffset);
  if (bytes === 2) {
    view.setUint16(at, value, true);
    view.setUint16(at + 2, value, false);
  } else {
    view.setUint32(at, value, true);
    view.setUint32(at + 4, value, false);
  }
}

/** A directory record (9.1), without a time. @returns Its length. */
function putRecord(
  target: Uint8Array,
  at: number,
  name: string,
  block: number,
  length: number,
  flags: number,
): number {
  const bytes = RECORD_BYTES + name.length + ((name.length + 1) & 1);
  target[at] = bytes;
  putBoth(target, at + 2, block, 4);
  putBoth(target, at + 10, length, 4);
  target[at + 25] = flags;
  putBoth(target, at + 28, 1, 2);
  target[at + 32] = name.length;
  for (let index = 0; index < name.length; index++) {
    target[at + RECORD_BYTES + index] = name.charCodeAt(index);
  }
  return bytes;
}

/** The primary volume descriptor (8.4). */
function putVolume(target: Uint8Array, blockCount: number): void {
  putDescriptor(target, 1);
  putText(target, 8, 32, "");
  putText(target, 40, 32, "LIBOS");
  putBoth(target, 80, blockCount, 4);
  putBoth(target, 120, 1, 2);
  putBoth(target, 124, 1, 2);
  putBoth(target, 128, BLOCK, 2);
  putBoth(target, 132, PATH_TABLE_BYTES, 4);
  const view = new DataView(target.buffer, target.byteOffset);
  view.setUint32(140, AT.PATHS_LITTLE, true);
  view.setUint32(148, AT.PATHS_BIG, false);
  putRecord(target, 156, "\0", AT.ROOT, BLOCK, FOLDER_FLAG);
  putText(target, 190, 623, "");
  putText(target, 574, 128, "LIBOS IMAGE");
  // No time (8.4.26.1): sixteen zeros and a zero byte, four times.
  for (let at = 813; at < 881; at += 17) target.fill(0x30, at, at + 16);
  target[881] = 1;
}

/** Type, standard identifier, version (8.1). */
function putDescriptor(target: Uint8Array, type: number): void {
  target[0] = type;
  putText(target, 1, 5, "CD001");
  target[6] = 1;
}

/** The boot record and the catalog (El Torito, 2.0 and figures 2 and 3). */
function putBoot(record: Uint8Array, catalog: Uint8Array): void {
  putDescriptor(record, 0);
  const name = "EL TORITO SPECIFICATION";
  for (let index = 0; index < name.length; index++) record[7 + index] = name.charCodeAt(index);
  new DataView(record.buffer, record.byteOffset).setUint32(71, AT.BOOT_CATALOG, true);
  const view = new DataView(catalog.buffer, catalog.byteOffset);
  // Validation: 80x86, and words that add up to zero.
  catalog[0] = 1;
  view.setUint16(30, 0xaa55, true);
  view.setUint16(28, 0x10000 - ((0xaa55 + 1) & 0xffff), true);
  // The entry: bootable, no emulation, at 0x7c00, four sectors of 512 bytes.
  catalog[32] = 0x88;
  view.setUint16(38, BOOT_CODE_BYTES / SECTOR_BYTES, true);
  view.setUint32(40, AT.BOOT_CODE, true);
}

function putPathTable(target: Uint8Array, isLittle: boolean): void {
  const view = new DataView(target.buffer, target.byteOffset);
  target[0] = 1;
  view.setUint32(2, AT.ROOT, isLittle);
  view.setUint16(6, 1, isLittle);
}

/**
 * @param code `bios-x86_64.bin`.
 * @param elf The image, which becomes the file LIBOS.ELF.
 */
export function encodeIso(code: Uint8Array, elf: Uint8Array): Uint8Array {
  const blockCount = Math.max(AT.FILE + Math.ceil(elf.length / BLOCK), BLOCKS_MIN);
  const disk = new Uint8Array(blockCount * BLOCK);
  const block = (index: number): Uint8Array => disk.subarray(index * BLOCK, (index + 1) * BLOCK);
  const boot = encodeBootCode(code, elf, (AT.FILE * BLOCK) / SECTOR_BYTES);
  disk.set(boot);
  putVolume(block(AT.VOLUME), blockCount);
  putBoot(block(AT.BOOT_RECORD), block(AT.BOOT_CATALOG));
  putDescriptor(block(AT.TERMINATOR), 255);
  putPathTable(block(AT.PATHS_LITTLE), true);
  putPathTable(block(AT.PATHS_BIG), false);
  const root = block(AT.ROOT);
  let at = putRecord(root, 0, "\0", AT.ROOT, BLOCK, FOLDER_FLAG);
  at += putRecord(root, at, "\x01", AT.ROOT, BLOCK, FOLDER_FLAG);
  putRecord(root, at, FILE_NAME, AT.FILE, elf.length, 0);
  block(AT.BOOT_CODE).set(boot);
  disk.set(elf, AT.FILE * BLOCK);
  return disk;
}
