/** The files that an image can be: for a loader of ELF files, and for what boots from disks. */
import { findOnDisk, rangeOnDisk } from "./boot-sector.ts";
import { encodeIso } from "./iso9660.ts";
import { encodeQcow2, parseQcow2, qcow2End } from "./qcow2.ts";
import { encodeRaw } from "./raw.ts";

export type Format = "elf" | "raw" | "qcow2" | "iso";
export const FORMATS: readonly Format[] = ["elf", "raw", "qcow2", "iso"];

/** What extensions of file names mean. */
const EXTENSIONS: Readonly<Record<string, Format>> = {
  elf: "elf",
  raw: "raw",
  img: "raw",
  qcow2: "qcow2",
  iso: "iso",
};

/** @returns The format by the extension of a name; undefined where it says none. */
export function formatOf(path: string): Format | undefined {
  return EXTENSIONS[path.slice(path.lastIndexOf(".") + 1).toLowerCase()];
}

/**
 * @param elf What `packImage` makes.
 * @param bootCode `bios-x86_64.bin`.
 * @returns The same bytes for the same input.
 */
export function encodeFormat(elf: Uint8Array, format: Format, bootCode: Uint8Array): Uint8Array {
  switch (format) {
    case "elf":
      return elf;
    case "raw":
      return encodeRaw(bootCode, elf);
    case "qcow2":
      return encodeQcow2(encodeRaw(bootCode, elf));
    case "iso":
      return encodeIso(bootCode, elf);
  }
}

/** @returns The ELF file in a file of any format; what is none of ours, as it is. */
export function findElf(file: Uint8Array): Uint8Array {
  return findOnDisk(parseQcow2(file) ?? file) ?? file;
}

/**
 * @param head The first bytes of a file.
 * @returns How many of its bytes hold the ELF file; undefined: it is no disk of ours.
 */
export function endOnDisk(head: Uint8Array): number | undefined {
  return qcow2End(head) ?? rangeOnDisk(head)?.[1];
}
