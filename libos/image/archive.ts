/**
 * The archive of an image: what the application is started with, and its files (`SPEC.md`). The
 * builder writes it, the image itself and `libos image ls` read it.
 */
import { decodeCbor, encodeCbor, type Cbor, type CborMap } from "./cbor.ts";

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
  readonly format: 3;
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
}

/** Bytes of JavaScript by part: "components/tcp", "libos/api/net", "app", "npm:buffer". */
export type CodeSizes = Readonly<Record<string, number>>;

/** A manifest with the data that its entries lie in. */
export interface Archive {
  readonly manifest: Manifest;
  /** `CodeSizes` as JSON: an image does not read at its start what `libos image size` alone asks for. */
  readonly code: Uint8Array;
  readonly data: Uint8Array;
}

/** The lengths of the manifest and of the sizes: u32, little-endian. */
const HEADER_BYTES = 8;

/** @returns Both lengths, the manifest as CBOR and the sizes as JSON, and the data. */
export function encodeArchive(manifest: Manifest, code: CodeSizes, data: Uint8Array): Uint8Array {
  const head = encodeCbor(manifest as unknown as CborMap);
  const sizes = new TextEncoder().encode(JSON.stringify(code));
  const dataAt = HEADER_BYTES + head.length + sizes.length;
  const bytes = new Uint8Array(dataAt + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.length, true);
  view.setUint32(4, sizes.length, true);
  bytes.set(head, HEADER_BYTES);
  bytes.set(sizes, HEADER_BYTES + head.length);
  bytes.set(data, dataAt);
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
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const codeAt = HEADER_BYTES + view.getUint32(0, true);
  const dataAt = codeAt + view.getUint32(4, true);
  if (dataAt > bytes.length) return undefined;
  const data = bytes.subarray(dataAt);
  let item: Cbor;
  try {
    item = decodeCbor(bytes.subarray(HEADER_BYTES, codeAt), decode);
  } catch {
    return undefined;
  }
  const manifest = item as unknown as Manifest;
  if (manifest.format !== 3 || !Array.isArray(manifest.entries)) return undefined;
  const isInside = ({ at = 0, size = 0 }: ArchiveEntry): boolean =>
    at >= 0 && size >= 0 && at + size <= data.length;
  if (!manifest.entries.every(isInside)) return undefined;
  return { manifest, code: bytes.subarray(codeAt, dataAt), data };
}
