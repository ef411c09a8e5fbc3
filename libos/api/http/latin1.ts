import { Buffer } from "buffer";
import type { Latin1Decoder } from "../../../components/http/mod.ts";
import type { ByteHelpers } from "../../hal/mod.ts";

/** @returns The platform's decoder, or its `Buffer`, which on a host is native code. */
export function latin1Decoder(helpers: ByteHelpers | undefined): Latin1Decoder {
  const decode = helpers?.decodeLatin1;
  if (decode === undefined) return decodeByBuffer;
  return (bytes, start, end) => decode(bytes, start, end - start);
}

function decodeByBuffer(bytes: Uint8Array, start: number, end: number): string {
  if (!Buffer.isBuffer(bytes)) {
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("latin1");
  }
  return bytes.toString("latin1", start, end);
}
