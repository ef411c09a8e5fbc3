/**
 * What precedes the recording of an image: the program that the image ran, so that a replay needs
 * neither the sources nor the image. `libos/record/SPEC.md` has the format.
 */
import { deflateSync, inflateSync } from "node:zlib";
import { EntryReader, EntryWriter } from "../../record/mod.ts";

const MAGIC = "libosimg";
const FORMAT_VERSION = 1;
/** No bundle with its map comes near; a damaged length must not take all memory. */
const MAX_PART_BYTES = 256 * 1024 * 1024;

/** The program of an image. */
export interface ImageProgram {
  /** For people: the entry module's path where it was recorded. */
  readonly entryPath: string;
  /** A module without imports. */
  readonly code: string;
  /** The source map of `code`, as JSON. */
  readonly map: string;
}

/** Writes a program; the recording follows it. */
export function encodeProgram({ entryPath, code, map }: ImageProgram): Uint8Array {
  const chunks: Buffer[] = [];
  const writer = new EntryWriter((bytes) => void chunks.push(Buffer.from(bytes)));
  for (const character of MAGIC) writer.byte(character.charCodeAt(0));
  writer.byte(FORMAT_VERSION);
  writer.text(entryPath);
  for (const part of [code, map]) {
    const bytes = deflateSync(part);
    writer.varint(bytes.length);
    writer.bytes(bytes, 0, bytes.length);
  }
  writer.flush();
  return Buffer.concat(chunks);
}

/**
 * Takes the program off.
 *
 * @returns The program with the recording behind it; undefined where the file begins otherwise.
 * @throws Error, one line, when the program is truncated, damaged or of another version.
 */
export function splitProgram(
  file: Uint8Array,
): { readonly program: ImageProgram; readonly recording: Uint8Array } | undefined {
  if (new TextDecoder("latin1").decode(file.subarray(0, MAGIC.length)) !== MAGIC) return undefined;
  const reader = new EntryReader(file);
  try {
    reader.bytes(MAGIC.length);
    const version = reader.byte();
    if (version === FORMAT_VERSION) {
      const entryPath = reader.text();
      const [code, map] = [readPart(reader), readPart(reader)];
      return { program: { entryPath, code, map }, recording: file.subarray(reader.position) };
    }
    throw new RangeError(`its program has format version ${version}, not ${FORMAT_VERSION}`);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new Error("the program before the recording is truncated or damaged", { cause: error });
  }
}

function readPart(reader: EntryReader): string {
  const bytes = reader.bytes(reader.varint());
  return inflateSync(bytes, { maxOutputLength: MAX_PART_BYTES }).toString();
}
