/** Looking into an image. */
import { crc32 } from "../../bare-metal/payload.ts";
import { parseArchive, type Archive, type ArchiveEntry } from "./archive.ts";
import { splitImage } from "./elf.ts";

/** An image, taken apart. */
export interface OpenImage extends Archive {
  readonly fileBytes: number;
  readonly kernelBytes: number;
  /** The application with libos, as bytecode or source. */
  readonly codeBytes: number;
  /** The manifest and the files. */
  readonly archiveBytes: number;
  /** @returns The bytes of a file; undefined where there is none of that path. */
  read(path: string): Uint8Array | undefined;
}

const HEADER_BYTES = 16;

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
 * @returns Or one line that says what is wrong.
 */
export function openImage(bytes: Uint8Array): OpenImage | string {
  const split = splitImage(bytes);
  if (split === undefined) return "it is no image of libos";
  const { payload, kernelBytes } = split;
  const code = readPart(payload, 0, ["libosJS1", "libosBC1"]);
  if (typeof code === "string") return code;
  const archiveAt = Math.ceil((HEADER_BYTES + code.length) / 8) * 8;
  const attachment = readPart(payload, archiveAt, ["libosFS1"]);
  if (typeof attachment === "string") return attachment;
  const archive = parseArchive(attachment, (text) => new TextDecoder().decode(text));
  if (archive === undefined) return "its archive is of another version of libos";
  const { manifest, data } = archive;
  const find = (path: string): ArchiveEntry | undefined =>
    manifest.entries.find((entry) => entry.path === path);
  return {
    manifest,
    data,
    fileBytes: bytes.length,
    kernelBytes,
    codeBytes: code.length,
    archiveBytes: attachment.length,
    read(path) {
      const entry = find(path);
      if (entry?.at === undefined) return undefined;
      return data.subarray(entry.at, entry.at + (entry.size ?? 0));
    },
  };
}
