/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash that an outsider can't predict without
 * the key. 64-bit words are pairs of signed 32-bit halves, the low one first.
 */

/** A hash under one key. The result stands in `low` and `high`. */
export class SipHash {
  low = 0;
  high = 0;
  readonly #key: Int32Array;

  /** @param key 16 bytes, unpredictable. */
  constructor(key: Uint8Array) {
    this.#key = new Int32Array(4);
    for (let index = 0; index < 16; index++) {
      this.#key[index >> 2]! |= key[index]! << (8 * (index & 3));
    }
  }

  /**
   * Hashes `words[0 .. count]` as little-endian bytes.
   *
   * One function with its state in locals: every connection is hashed, and an interpreter takes
   * twice as long for a state in an array and functions on it.
   */
  hash(words: Uint32Array, count: number): void {
    const key = this.#key;
    let v0 = key[0]! ^ 0x70736575;
    let v0High = key[1]! ^ 0x736f6d65;
    let v1 = key[2]! ^ 0x6e646f6d;
    let v1High = key[3]! ^ 0x646f7261;
    let v2 = key[0]! ^ 0x6e657261;
    let v2High = key[1]! ^ 0x6c796765;
    let v3 = key[2]! ^ 0x79746573;
    let v3High = key[3]! ^ 0x74656462;
    // Behind the words come, in a block of their own, what is left and the length in the topmost byte.
    const blockCount = (count >> 1) + 1;
    for (let block = 0; block <= blockCount; block++) {
      const isFinal = block === blockCount;
      const at = 2 * block;
      const low = at < count ? words[at]! | 0 : 0;
      const high = at + 1 < count ? words[at + 1]! | 0 : isFinal ? 0 : (count * 4) << 24;
      if (isFinal) v2 ^= 0xff;
      v3 ^= low;
      v3High ^= high;
      for (let rounds = isFinal ? 4 : 2; rounds > 0; rounds--) {
        // A half overflows where both summands have the topmost bit, or one has and the sum has not.
        let sum = (v0 + v1) | 0;
        v0High = (v0High + v1High + (((v0 & v1) | ((v0 | v1) & ~sum)) >>> 31)) | 0;
        v0 = sum;
        sum = (v2 + v3) | 0;
        v2High = (v2High + v3High + (((v2 & v3) | ((v2 | v3) & ~sum)) >>> 31)) | 0;
        v2 = sum;
        let half = v1;
        v1 = ((v1 << 13) | (v1High >>> 19)) ^ v0;
        v1High = ((v1High << 13) | (half >>> 19)) ^ v0High;
        half = v3;
        v3 = ((v3 << 16) | (v3High >>> 16)) ^ v2;
        v3High = ((v3High << 16) | (half >>> 16)) ^ v2High;
        // Turned by 32: its halves change places, also in what is added to it.
        half = v0;
        sum = (v2 + v1) | 0;
        v2High = (v2High + v1High + (((v2 & v1) | ((v2 | v1) & ~sum)) >>> 31)) | 0;
        v2 = sum;
        sum = (v0High + v3) | 0;
        v0High = (half + v3High + (((v0High & v3) | ((v0High | v3) & ~sum)) >>> 31)) | 0;
        v0 = sum;
        half = v1;
        v1 = ((v1 << 17) | (v1High >>> 15)) ^ v2;
        v1High = ((v1High << 17) | (half >>> 15)) ^ v2High;
        half = v3;
        v3 = ((v3 << 21) | (v3High >>> 11)) ^ v0;
        v3High = ((v3High << 21) | (half >>> 11)) ^ v0High;
        half = v2;
        v2 = v2High;
        v2High = half;
      }
      v0 ^= low;
      v0High ^= high;
    }
    this.low = v0 ^ v1 ^ v2 ^ v3;
    this.high = v0High ^ v1High ^ v2High ^ v3High;
  }
}
