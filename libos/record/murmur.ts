/**
 * MurmurHash3_x86_128 (Austin Appleby, public domain): the digest of a recording that is made where
 * SHA-256 in an interpreter would take longer than what is recorded. It finds differences, and is
 * no protection against someone who makes them.
 */

const [C1, C2, C3, C4] = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93];
const BLOCK_BYTES = 16;

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** The final mix of one lane: every bit of the input reaches every bit of the result. */
function finish(lane: number): number {
  let value = lane ^ (lane >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}

/** The last, incomplete block, as four little-endian words with zeros behind. */
function tailOf(bytes: Uint8Array, from: number): Int32Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(bytes.subarray(from));
  return new Int32Array(block.buffer);
}

/** @returns The hash: 16 bytes, its words little-endian as the reference writes them. */
export function murmurHash(bytes: Uint8Array, seed = 0): Uint8Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const blocks = Math.floor(bytes.length / BLOCK_BYTES);
  const words = new Int32Array(aligned.buffer, aligned.byteOffset, blocks * 4);
  let [h1, h2, h3, h4] = [seed, seed, seed, seed];
  for (let at = 0; at < words.length; at += 4) {
    h1 ^= Math.imul(rotate(Math.imul(words[at]!, C1), 15), C2);
    h1 = (Math.imul((rotate(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotate(Math.imul(words[at + 1]!, C2), 16), C3);
    h2 = (Math.imul((rotate(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotate(Math.imul(words[at + 2]!, C3), 17), C4);
    h3 = (Math.imul((rotate(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotate(Math.imul(words[at + 3]!, C4), 18), C1);
    h4 = (Math.imul((rotate(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  const tail = tailOf(bytes, blocks * BLOCK_BYTES);
  h1 ^= Math.imul(rotate(Math.imul(tail[0]!, C1), 15), C2) ^ bytes.length;
  h2 ^= Math.imul(rotate(Math.imul(tail[1]!, C2), 16), C3) ^ bytes.length;
  h3 ^= Math.imul(rotate(Math.imul(tail[2]!, C3), 17), C4) ^ bytes.length;
  h4 ^= Math.imul(rotate(Math.imul(tail[3]!, C4), 18), C1) ^ bytes.length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  const first = finish(h1);
  const second = finish((h2 + h1) | 0);
  const third = finish((h3 + h1) | 0);
  const fourth = finish((h4 + h1) | 0);
  const sum = (first + second + third + fourth) | 0;
  const result = new DataView(new ArrayBuffer(BLOCK_BYTES));
  for (const [index, lane] of [sum, second + sum, third + sum, fourth + sum].entries()) {
    result.setInt32(index * 4, lane | 0, true);
  }
  return new Uint8Array(result.buffer);
}
