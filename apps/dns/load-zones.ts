/** Zones from the files of a volume. */
import type { System } from "libos";
import { createZone, parseZoneFile, type Zone } from "libos/dns-server";

/**
 * A folder of the host, or of the image, as the platform has it: calls answer at once, and an error is
 * a negative number. That is all that reading a few files needs; with `fs` and its streams the image
 * would be larger by a fifth.
 */
export type Volume = NonNullable<ReturnType<System["volumes"]["get"]>>;

const SUFFIX = ".zone";
const CHUNK_BYTES = 16_384;
const READ = {
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
  append: false,
} as const;

/**
 * Reads every `NAME.zone` of a volume; NAME is the zone's origin, unless the file says otherwise.
 *
 * @returns At least one zone, in the order of the files' names.
 * @throws Error, one line: `FILE:LINE: WHAT` for a mistake in a file; there is no file.
 */
export function loadZones(volume: Volume): readonly Zone[] {
  const entries = volume.readdir("");
  if (typeof entries === "number") throw new Error(`the zones cannot be listed: error ${-entries}`);
  const files = entries.map(({ name }) => name).filter((name) => name.endsWith(SUFFIX));
  if (files.length === 0) throw new Error(`there is no file NAME${SUFFIX} among the zones`);
  return files.toSorted().map((file) => {
    const origin = file.slice(0, -SUFFIX.length);
    return createZone(parseZoneFile(readFile(volume, file), { file, origin }));
  });
}

function readFile(volume: Volume, path: string): Uint8Array {
  const handle = volume.open(path, READ, 0);
  if (handle < 0) throw new Error(`${path} cannot be opened: error ${-handle}`);
  let bytes = new Uint8Array(CHUNK_BYTES);
  let length = 0;
  for (;;) {
    const count = volume.read(handle, bytes, length, bytes.length - length, length);
    if (count < 0) throw new Error(`${path} cannot be read: error ${-count}`);
    length += count;
    if (length < bytes.length) break;
    const larger = new Uint8Array(2 * length);
    larger.set(bytes);
    bytes = larger;
  }
  volume.close(handle);
  return bytes.subarray(0, length);
}
