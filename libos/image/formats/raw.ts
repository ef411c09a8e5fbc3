/** A disk: boot code, then the image as the only partition. */
import { BOOT_CODE_BYTES, encodeBootCode, SECTOR_BYTES } from "./boot-sector.ts";

/** Clouds want whole MiB, and SeaBIOS boots no disk that is smaller than a cylinder of 16 heads. */
const UNIT_BYTES: number = 2 ** 20;

/**
 * @param code `bios-x86_64.bin`.
 * @param elf The image.
 * @returns The disk, in whole MiB: zeros follow the image.
 */
export function encodeRaw(code: Uint8Array, elf: Uint8Array): Uint8Array {
  const end = BOOT_CODE_BYTES + elf.length;
  const disk = new Uint8Array(Math.ceil(end / UNIT_BYTES) * UNIT_BYTES);
  disk.set(encodeBootCode(code, elf, BOOT_CODE_BYTES / SECTOR_BYTES));
  disk.set(elf, BOOT_CODE_BYTES);
  return disk;
}
