import { Buffer } from "buffer";

/** Decodes with the platform's `Buffer`, which on a host is native code. */
export function decodeLatin1Fast(bytes: Uint8Array, start: number, end: number): string {
  if (!Buffer.isBuffer(bytes)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  }
  return bytes.toString("latin1", start, end);
}
