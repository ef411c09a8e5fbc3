/** Looking into an image. */
import { crc32 } from "../../bare-metal/payload.ts";
import { parseArchive, type Archive, type ArchiveEntry, type CodeSizes } from "./archive.ts";
import { LOAD, readPrograms } from "./elf.ts";
import { endOnDisk, findElf } from "./formats/mod.ts";
import { parseHeader, type Method } from "./image-header.ts";
import { unpackImage, type UnpackedImage } from "./pack.ts";

/** An image, taken apart. */
export interface OpenImage extends Omit<Archive, "code"> {
  readonly code: CodeSizes;
  readonly fileBytes: number;
  readonly method: Method;
  /** With less memory it does not start; what the application needs comes on top. */
  readonly memoryBytesMin: number;
  /** The kernel, the application with libos (as bytecode or source), manifest, files; in this order. */
  readonly parts: Readonly<Record<"kernel" | "code" | "manifest" | "files", PartSize>>;
  /** @returns The bytes of a file; undefined where there is none of that path. */
  read(path: string): Uint8Array | undefined;
}

/** What a part takes. */
export interface PartSize {
  /** In the file, where it is packed; good to a kilobyte or two. */
  readonly fileBytes: number;
  /** In memory when the kernel starts. */
  readonly bytes: number;
}

const HEADER_BYTES = 16;

/** Of these first bytes of a file, `imageEnd` makes out how much of it an image takes. */
export const HEAD_BYTES = 4096;

/**
 * @param head The first `HEAD_BYTES` of a file, or all of it.
 * @returns How many of the file's first bytes hold its image, as its headers say; undefined: it is none.
 */
export function imageEnd(head: Uint8Array): number | undefined {
  const header = parseHeader(head);
  const segment = readPrograms(head)?.findLast(({ type }) => type === LOAD);
  if (header !== undefined && segment !== undefined) return segment.offset + header.blobBytes;
  return endOnDisk(head);
}

/** One part of a payload: `bare-metal/SPEC.md`. */
function readPart(payload: Uint8Array, at: number, magics: readonly string[]): Uint8Array | string {
  const text = String.fromCharCode(...payload.subarray(at, at + 8));
  if (!magics.includes(text)) return "it holds no payload of libos";
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (at + HEADER_BYTES > payload.length) return "it is truncated";
  const body = payload.subarray(
    at + HEADER_BYTES,
    at + HEADER_BYTES + view.getUint32(at + 8, true),
  );
  if (body.length < view.getUint32(at + 8, true)) return "it is truncated";
  return crc32(body) === view.getUint32(at + 12, true)
    ? body
    : "a checksum is wrong: it was altered";
}

/**
 * Takes an image apart, and checks it as the kernel does.
 *
 * @param fileBytes The length of the file, of which `bytes` may be as much as `imageEnd` says.
 * @returns Or one line that says what is wrong.
 */
export function openImage(bytes: Uint8Array, fileBytes: number = bytes.length): OpenImage | string {
  const image = unpackImage(findElf(bytes));
  if (typeof image === "string") return image;
  const { payload } = image;
  const code = readPart(payload, 0, ["libosJS1", "libosBC1"]);
  if (typeof code === "string") return code;
  const archiveAt = Math.ceil((HEADER_BYTES + code.length) / 8) * 8;
  const attachment = readPart(payload, archiveAt, ["libosFS1"]);
  if (typeof attachment === "string") return attachment;
  const decoder = new TextDecoder();
  const archive = parseArchive(attachment, (text) => decoder.decode(text));
  if (archive === undefined) return "its archive is of another version of libos";
  const { manifest, data } = archive;
  const find = (path: string): ArchiveEntry | undefined =>
    manifest.entries.find((entry) => entry.path === path);
  return {
    manifest,
    code: JSON.parse(decoder.decode(archive.code)) as CodeSizes,
    data,
    fileBytes,
    method: image.method,
    memoryBytesMin: image.memoryBytesMin,
    parts: partsOf(image, archiveAt, data.length),
    read(path) {
      const entry = find(path);
      if (entry?.at === undefined) return undefined;
      return data.subarray(entry.at, entry.at + (entry.size ?? 0));
    },
  };
}

function partsOf(image: UnpackedImage, archiveAt: number, filesBytes: number): OpenImage["parts"] {
  const { memory, payloadOffset, payload, packedBytes } = image;
  const filesAt = payloadOffset + payload.length - filesBytes;
  const size = (from: number, to: number): PartSize => ({
    fileBytes: packedBytes(from, to),
    bytes: to - from,
  });
  return {
    kernel: size(0, payloadOffset),
    code: size(payloadOffset, payloadOffset + archiveAt),
    manifest: size(payloadOffset + archiveAt, filesAt),
    // The command line, a word or two, counts as a file.
    files: size(filesAt, memory.length),
  };
}
