/** Packs as Zstandard (RFC 8878). */
import { constants, zstdCompressSync } from "node:zlib";

/** The farthest match: 2^21 bytes before. */
const WINDOW_BITS = 21;

/** @returns A frame; `decodeZstd` undoes it. */
export function encodeZstd(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, {
    params: {
      [constants.ZSTD_c_compressionLevel]: 22,
      [constants.ZSTD_c_windowLog]: WINDOW_BITS,
      [constants.ZSTD_c_contentSizeFlag]: 0,
    },
  });
}
