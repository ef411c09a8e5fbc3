/**
 * The archive of an image: what the application is started with, and its files (`SPEC.md`). The
 * builder writes it, the image itself and `libos image ls` read it.
 */

/** One name of the archive. Paths are absolute, without a trailing slash; a folder precedes what it holds. */
export interface ArchiveEntry {
  readonly path: string;
  /** Type and permission bits as in POSIX `st_mode`. */
  readonly mode: number;
  /** Seconds since the Unix epoch. */
  readonly modified: number;
  /** Where the bytes lie in the archive's data; absent: none. */
  readonly at?: number;
  readonly size?: number;
  /** What a symbolic link leads to. */
  readonly target?: string;
}

/** What an application is started with. */
export interface Manifest {
  readonly format: 1;
  /** For people: the entry module's name. */
  readonly name: string;
  /** Memory of the machine that the configuration asks for. */
  readonly memoryBytes: number;
  readonly env: Readonly<Record<string, string>>;
  /** Arguments of the application. */
  readonly values: readonly string[];
  /** Names that resolve without DNS. */
  readonly hosts: Readonly<Record<string, string>>;
  /** False: only the loopback, whatever devices there are. */
  readonly net: boolean;
  /** Where volumes are mounted; each is the part of the archive below that path. */
  readonly mounts: readonly string[];
  readonly entries: readonly ArchiveEntry[];
  /** Bytes of JavaScript by part: "components/tcp", "libos/api/net", "app", "npm:buffer". */
  readonly code: Readonly<Record<string, number>>;
}

/** A manifest with the data that its entries lie in. */
export interface Archive {
  readonly manifest: Manifest;
  readonly data: Uint8Array;
}

const LENGTH_BYTES = 4;

/** @returns The length of the manifest (u32, little-endian), the manifest as JSON, and the data. */
export function encodeArchive(manifest: Uint8Array, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(LENGTH_BYTES + manifest.length + data.length);
  new DataView(bytes.buffer).setUint32(0, manifest.length, true);
  bytes.set(manifest, LENGTH_BYTES);
  bytes.set(data, LENGTH_BYTES + manifest.length);
  return bytes;
}

/**
 * Reads an archive. Its checksum has been checked, so what is wrong here was built wrong.
 *
 * @param decode UTF-8 to text.
 * @returns Undefined when it is none, or an entry lies outside of the data.
 */
export function parseArchive(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => string,
): Archive | undefined {
  if (bytes.length < LENGTH_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = LENGTH_BYTES + view.getUint32(0, true);
  if (end > bytes.length) return undefined;
  const data = bytes.subarray(end);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(decode(bytes.subarray(LENGTH_BYTES, end))) as Manifest;
  } catch {
    return undefined;
  }
  if (manifest?.format !== 1 || !Array.isArray(manifest.entries)) return undefined;
  const isInside = ({ at = 0, size = 0 }: ArchiveEntry): boolean =>
    at >= 0 && size >= 0 && at + size <= data.length;
  return manifest.entries.every(isInside) ? { manifest, data } : undefined;
}
