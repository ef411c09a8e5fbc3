/** SHA-1 and SHA-256 (FIPS 180-4), and HMAC over them (RFC 2104). */

/** A hash that is under way: bytes in any pieces. */
export interface Digest {
  update(bytes: Uint8Array): void;
  finish(): Uint8Array;
}

const BLOCK_BYTES = 64;

/** The first 32 bits of the fractional parts of roots of the first primes (FIPS 180-4, 4.2.2). */
function rootsOfPrimes(count: number, root: (prime: number) => number): Uint32Array {
  const found = new Uint32Array(count);
  for (let candidate = 2, index = 0; index < count; candidate++) {
    let isPrime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
      if (candidate % divisor === 0) isPrime = false;
    }
    if (isPrime) found[index++] = (root(candidate) % 1) * 2 ** 32;
  }
  return found;
}

const rotate = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

function sha1Block(state: Uint32Array, words: Uint32Array): void {
  for (let t = 16; t < 80; t++) {
    words[t] = rotate(words[t - 3]! ^ words[t - 8]! ^ words[t - 14]! ^ words[t - 16]!, 1);
  }
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
  for (let t = 0; t < 80; t++) {
    let mixed: number;
    if (t < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
    else if (t < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
    else if (t < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else mixed = (b ^ c ^ d) + 0xca62c1d6;
    const next = (rotate(a, 5) + mixed + e + words[t]!) | 0;
    [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
  }
  for (const [index, word] of [a, b, c, d, e].entries()) state[index]! += word;
}

function createSha256Block(): (state: Uint32Array, words: Uint32Array) => void {
  const constants = rootsOfPrimes(64, Math.cbrt);
  const right = (word: number, bits: number): number => rotate(word, 32 - bits);
  return (state, words) => {
    for (let t = 16; t < 64; t++) {
      const [near, far] = [words[t - 2]!, words[t - 15]!];
      const s0 = right(far, 7) ^ right(far, 18) ^ (far >>> 3);
      const s1 = right(near, 17) ^ right(near, 19) ^ (near >>> 10);
      words[t] = words[t - 16]! + s0 + words[t - 7]! + s1;
    }
    const v = Uint32Array.from(state);
    for (let t = 0; t < 64; t++) {
      const [a, b, c, , e, f, g, h] = v as unknown as number[];
      const s1 = right(e!, 6) ^ right(e!, 11) ^ right(e!, 25);
      const first = h! + s1 + ((e! & f!) ^ (~e! & g!)) + constants[t]! + words[t]!;
      const s0 = right(a!, 2) ^ right(a!, 13) ^ right(a!, 22);
      const second = s0 + ((a! & b!) ^ (a! & c!) ^ (b! & c!));
      v.copyWithin(1, 0, 7);
      v[4]! += first;
      v[0] = first + second;
    }
    for (let index = 0; index < 8; index++) state[index]! += v[index]!;
  };
}

const SHA1_START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

class BlockDigest implements Digest {
  readonly #state: Uint32Array;
  readonly #mix: (state: Uint32Array, words: Uint32Array) => void;
  readonly #words = new Uint32Array(80);
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #bytes = 0;

  constructor(state: Uint32Array, mix: (state: Uint32Array, words: Uint32Array) => void) {
    this.#state = state;
    this.#mix = mix;
  }

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const used = this.#bytes % BLOCK_BYTES;
      const count = Math.min(BLOCK_BYTES - used, bytes.length - at);
      this.#block.set(bytes.subarray(at, at + count), used);
      this.#bytes += count;
      at += count;
      if (used + count === BLOCK_BYTES) this.#run();
    }
  }

  finish(): Uint8Array {
    const length = this.#bytes;
    const zeros = (2 * BLOCK_BYTES - 9 - (length % BLOCK_BYTES)) % BLOCK_BYTES;
    const end = new Uint8Array(9 + zeros);
    end[0] = 0x80;
    const tail = new DataView(end.buffer, 1 + zeros);
    tail.setUint32(0, Math.floor(length / 2 ** 29));
    tail.setUint32(4, (length * 8) >>> 0);
    this.update(end);
    const out = new Uint8Array(this.#state.length * 4);
    for (const [index, word] of this.#state.entries()) {
      new DataView(out.buffer).setUint32(index * 4, word);
    }
    return out;
  }

  #run(): void {
    const view = new DataView(this.#block.buffer);
    for (let index = 0; index < 16; index++) this.#words[index] = view.getUint32(index * 4);
    this.#mix(this.#state, this.#words);
  }
}

/** Hashes by the names that Node knows them by. */
export const HASHES: Readonly<Record<string, () => Digest>> = {
  sha1: () => new BlockDigest(Uint32Array.from(SHA1_START), sha1Block),
  sha256: () => new BlockDigest(rootsOfPrimes(8, Math.sqrt), createSha256Block()),
};

/** A keyed hash. */
export function createHmacDigest(create: () => Digest, key: Uint8Array): Digest {
  let short = key;
  if (key.length > BLOCK_BYTES) {
    const digest = create();
    digest.update(key);
    short = digest.finish();
  }
  const pad = (value: number): Uint8Array =>
    Uint8Array.from({ length: BLOCK_BYTES }, (_, index) => (short[index] ?? 0) ^ value);
  const inner = create();
  inner.update(pad(0x36));
  return {
    update: (bytes) => inner.update(bytes),
    finish() {
      const outer = create();
      outer.update(pad(0x5c));
      outer.update(inner.finish());
      return outer.finish();
    },
  };
}
