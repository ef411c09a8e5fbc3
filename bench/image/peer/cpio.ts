/** The archive of an initramfs: cpio in the "newc" format (Linux, initramfs buffer format). */

/** One name of the archive. */
export interface CpioEntry {
  /** Without a leading slash; folders precede what they hold. */
  readonly path: string;
  /** POSIX `st_mode`: type and permission bits. */
  readonly mode: number;
  /** A file's bytes, or the target of a symbolic link. */
  readonly data?: Uint8Array;
}

const MAGIC = "070701";
const ALIGNMENT = 4;
const END = "TRAILER!!!";

/** @returns The archive, each entry with an inode of its own and the time 0. */
export function encodeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const all = [...entries, { path: END, mode: 0 }];
  all.forEach(({ path, mode, data = new Uint8Array() }: CpioEntry, index) => {
    const name = new TextEncoder().encode(`${path}\0`);
    const [uid, gid, links, time, device] = [0, 0, 1, 0, 0];
    const fields = [
      ...[index + 1, mode, uid, gid, links, time, data.length],
      ...[device, device, device, device, name.length, 0],
    ];
    const header = MAGIC + fields.map((field) => field.toString(16).padStart(8, "0")).join("");
    parts.push(padded(new TextEncoder().encode(header), name), padded(data));
  });
  return Buffer.concat(parts);
}

/** Joins parts and fills up with zeros. */
function padded(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const fill = new Uint8Array((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
  return Buffer.concat([...parts, fill]);
}
