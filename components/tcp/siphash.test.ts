import t from "tap";
import { SipHash } from "./siphash.ts";

const KEY = Uint8Array.from({ length: 16 }, (_, index) => index);

/** The result as the reference implementation prints it: eight bytes, the lowest first. */
function hashOf(message: number): string {
  const words = new Uint32Array(16);
  for (let index = 0; index < message; index++) {
    words[index >> 2]! |= index << (8 * (index & 3));
  }
  const hash = new SipHash(KEY);
  hash.hash(words, message / 4);
  const bytes = new Uint8Array(Int32Array.of(hash.low, hash.high).buffer);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

t.test("SipHash-2-4 gives the reference's vectors", async (t) => {
  t.equal(hashOf(0), "310e0edd47db6f72");
  t.equal(hashOf(4), "b7877127e09427cf");
  t.equal(hashOf(8), "6224939a79f5f593");
});

t.test("another key gives another hash", async (t) => {
  const words = Uint32Array.of(1, 2);
  const one = new SipHash(KEY);
  const other = new SipHash(KEY.map((byte) => byte ^ 1));
  one.hash(words, 2);
  other.hash(words, 2);
  t.not(one.low, other.low);
});

const MASK = (1n << 64n) - 1n;

/** The same by the book, on whole 64-bit words. */
function byTheBook(key: Uint8Array, words: Uint32Array, count: number): bigint {
  const keyWords = new BigUint64Array(key.slice().buffer);
  const [k0, k1] = [keyWords[0]!, keyWords[1]!];
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const turn = (word: bigint, bits: bigint): bigint =>
    ((word << bits) | (word >> (64n - bits))) & MASK;
  const round = (): void => {
    v0 = (v0 + v1) & MASK;
    v1 = turn(v1, 13n) ^ v0;
    v0 = turn(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = turn(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = turn(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = turn(v1, 17n) ^ v2;
    v2 = turn(v2, 32n);
  };
  const padded = new Uint32Array(2 * (Math.floor(count / 2) + 1));
  padded.set(words.subarray(0, count));
  padded[padded.length - 1]! |= (count * 4) << 24;
  for (const word of new BigUint64Array(padded.buffer)) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  v2 ^= 0xffn;
  for (let count = 0; count < 4; count++) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

t.test("halves of words and whole words give the same, whatever the length", async (t) => {
  let seed = 1;
  const next = (): number => (seed = (Math.imul(seed, 0x5bd1e995) + 0x3c6ef35f) | 0);
  const key = new Uint8Array(16);
  for (let round = 0; round < 300; round++) {
    for (let index = 0; index < key.length; index++) key[index] = next() >>> 24;
    const words = new Uint32Array(16).map(() => next());
    const count = round % (words.length + 1);
    const hash = new SipHash(key);
    hash.hash(words, count);
    const [found] = new BigUint64Array(Int32Array.of(hash.low, hash.high).buffer);
    t.equal(found, byTheBook(key, words, count), `${count} words, round ${round}`);
  }
});
