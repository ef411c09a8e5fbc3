/** XXH64 (xxHash fast digest algorithm, specification 0.1.1), as the image's loader has it. */

const P1 = 0x9e37_79b1_85eb_ca87n;
const P2 = 0xc2b2_ae3d_27d4_eb4fn;
const P3 = 0x1656_67b1_9e37_79f9n;
const P4 = 0x85eb_ca77_c2b2_ae63n;
const P5 = 0x27d4_eb2f_1656_67c5n;
const STRIPE_BYTES = 32;

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, count: bigint): bigint {
  return u64(value << count) | (value >> (64n - count));
}

function round(lane: bigint, word: bigint): bigint {
  return u64(rotate(u64(lane + u64(word * P2)), 31n) * P1);
}

/** @param seed With the hash of other bytes it is the hash of both. */
export function xxh64(bytes: Uint8Array, seed: bigint): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash = u64(seed + P5);
  if (bytes.length >= STRIPE_BYTES) {
    let [first, second, third, fourth] = [
      u64(seed + P1 + P2),
      u64(seed + P2),
      seed,
      u64(seed - P1),
    ];
    for (; at + STRIPE_BYTES <= bytes.length; at += STRIPE_BYTES) {
      first = round(first, view.getBigUint64(at, true));
      second = round(second, view.getBigUint64(at + 8, true));
      third = round(third, view.getBigUint64(at + 16, true));
      fourth = round(fourth, view.getBigUint64(at + 24, true));
    }
    hash = u64(rotate(first, 1n) + rotate(second, 7n) + rotate(third, 12n) + rotate(fourth, 18n));
    for (const lane of [first, second, third, fourth])
      hash = u64((hash ^ round(0n, lane)) * P1 + P4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  }
  if (at + 4 <= bytes.length) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    hash = u64(rotate(hash ^ u64(BigInt(bytes[at]!) * P5), 11n) * P1);
  }
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}
