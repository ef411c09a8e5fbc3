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
