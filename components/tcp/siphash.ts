/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash that an outsider can't predict without
 * the key. 64-bit words are pairs of 32-bit halves, the low one first.
 */

/** Adds word `b` to word `a`. */
function add(v: Uint32Array, a: number, b: number): void {
  const low = v[a]! + v[b]!;
  v[a + 1] = v[a + 1]! + v[b + 1]! + (low > 0xffffffff ? 1 : 0);
  v[a] = low;
}

/** Rotates word `a` left by `bits` (1 .. 31), then xors word `b` into it. */
function rotateXor(v: Uint32Array, a: number, bits: number, b: number): void {
  const low = v[a]!;
  const high = v[a + 1]!;
  v[a] = ((low << bits) | (high >>> (32 - bits))) ^ v[b]!;
  v[a + 1] = ((high << bits) | (low >>> (32 - bits))) ^ v[b + 1]!;
}

function swapHalves(v: Uint32Array, a: number): void {
  const low = v[a]!;
  v[a] = v[a + 1]!;
  v[a + 1] = low;
}

const V0 = 0;
const V1 = 2;
const V2 = 4;
const V3 = 6;

function round(v: Uint32Array): void {
  add(v, V0, V1);
  add(v, V2, V3);
  rotateXor(v, V1, 13, V0);
  rotateXor(v, V3, 16, V2);
  swapHalves(v, V0);
  add(v, V2, V1);
  add(v, V0, V3);
  rotateXor(v, V1, 17, V2);
  rotateXor(v, V3, 21, V0);
  swapHalves(v, V2);
}

/** A hash under one key. The result stands in `low` and `high`. */
export class SipHash {
  low = 0;
  high = 0;
  readonly #key: Uint32Array;
  readonly #v: Uint32Array = new Uint32Array(8);

  /** @param key 16 bytes, unpredictable. */
  constructor(key: Uint8Array) {
    this.#key = new Uint32Array(4);
    for (let index = 0; index < 16; index++) {
      this.#key[index >> 2]! |= key[index]! << (8 * (index & 3));
    }
  }

  /** Hashes `words[0 .. count]` as little-endian bytes. */
  hash(words: Uint32Array, count: number): void {
    const v = this.#v;
    const [k0, k1, k2, k3] = this.#key as unknown as [number, number, number, number];
    v[0] = k0 ^ 0x70736575;
    v[1] = k1 ^ 0x736f6d65;
    v[2] = k2 ^ 0x6e646f6d;
    v[3] = k3 ^ 0x646f7261;
    v[4] = k0 ^ 0x6e657261;
    v[5] = k1 ^ 0x6c796765;
    v[6] = k2 ^ 0x79746573;
    v[7] = k3 ^ 0x74656462;
    let index = 0;
    for (; index + 1 < count; index += 2) this.#absorb(words[index]!, words[index + 1]!);
    // The last word: what is left, and the length in bytes in the topmost byte.
    this.#absorb(index < count ? words[index]! : 0, (count * 4) << 24);
    v[V2]! ^= 0xff;
    for (let final = 0; final < 4; final++) round(v);
    this.low = (v[0]! ^ v[2]! ^ v[4]! ^ v[6]!) | 0;
    this.high = (v[1]! ^ v[3]! ^ v[5]! ^ v[7]!) | 0;
  }

  #absorb(low: number, high: number): void {
    const v = this.#v;
    v[V3]! ^= low;
    v[V3 + 1]! ^= high;
    round(v);
    round(v);
    v[V0]! ^= low;
    v[V0 + 1]! ^= high;
  }
}
