/** A body's parts, and how they are put together for the socket. */
import { Buffer } from "buffer";

export type Chunk = string | Uint8Array;

/** @returns How many bytes a part is, in its encoding. */
export function byteLength(chunk: Chunk, encoding: string | undefined): number {
  return typeof chunk === "string"
    ? Buffer.byteLength(chunk, encoding as "utf8" | undefined)
    : chunk.byteLength;
}

/** @returns True for encodings in which the text of a head, which is US-ASCII, reads the same. */
export function isJoinable(encoding: string | undefined): boolean {
  return (
    encoding === undefined || encoding === "utf8" || encoding === "utf-8" || encoding === "latin1"
  );
}

/** @returns `before` as ISO 8859-1, the bytes, and `after`, in one buffer. */
export function joinBytes(before: string, bytes: Uint8Array, after: string): Uint8Array {
  const joined = Buffer.allocUnsafe(before.length + bytes.length + after.length);
  joined.write(before, 0, "latin1");
  joined.set(bytes, before.length);
  if (after !== "") joined.write(after, before.length + bytes.length, "latin1");
  return joined;
}
