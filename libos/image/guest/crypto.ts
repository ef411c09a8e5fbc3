/** `node:crypto` and the global `crypto` of an image: random values; nothing else yet. */
import { Buffer } from "buffer";
import type { Entropy } from "../../hal/mod.ts";

/** `crypto.getRandomValues` gives at most so many bytes in one call (Web Cryptography, 10.1.1). */
const RANDOM_VALUES_MAX_BYTES = 65_536;

/** What an image has of `node:crypto`. */
export interface CryptoModule {
  readonly webcrypto: object;
  randomBytes(size: number, callback?: (error: null, bytes: Buffer) => void): Buffer | undefined;
  randomFillSync<View extends ArrayBufferView>(view: View): View;
  getRandomValues<View extends ArrayBufferView>(view: View): View;
  randomUUID(): string;
  randomInt(min: number, max?: number): number;
}

/** Makes the module over the machine's entropy; every function throws where there is none. */
export function createCryptoModule(entropy: Entropy): CryptoModule {
  const randomFillSync = <View extends ArrayBufferView>(view: View): View => {
    entropy.fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    return view;
  };
  const getRandomValues = <View extends ArrayBufferView>(view: View): View => {
    if (view.byteLength <= RANDOM_VALUES_MAX_BYTES) return randomFillSync(view);
    throw new RangeError(`getRandomValues gives at most ${RANDOM_VALUES_MAX_BYTES} bytes`);
  };
  const randomUUID = (): string => {
    const bytes = randomFillSync(Buffer.alloc(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  return {
    webcrypto: { getRandomValues, randomUUID },
    randomBytes(size, callback) {
      const bytes = randomFillSync(Buffer.alloc(size));
      if (callback === undefined) return bytes;
      queueMicrotask(() => callback(null, bytes));
      return undefined;
    },
    randomFillSync,
    getRandomValues,
    randomUUID,
    randomInt(min, max) {
      const [low, high] = max === undefined ? [0, min] : [min, max];
      const range = high - low;
      // 48 bits, and those beyond the last whole multiple of the range are thrown away.
      const limit = 2 ** 48 - (2 ** 48 % range);
      const bytes = new Uint8Array(6);
      for (;;) {
        const value = randomFillSync(bytes).reduce((sum, byte) => sum * 256 + byte, 0);
        if (value < limit) return low + (value % range);
      }
    },
  };
}
