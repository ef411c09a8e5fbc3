import t from "tap";
import { decodeCbor, encodeCbor, type Cbor } from "./cbor.ts";

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const read = (text: string): Cbor => decodeCbor(Buffer.from(text, "hex"), decode);

/** RFC 8949, appendix A. */
const EXAMPLES: readonly (readonly [Cbor, string])[] = [
  [0, "00"],
  [10, "0a"],
  [23, "17"],
  [24, "1818"],
  [25, "1819"],
  [100, "1864"],
  [1000, "1903e8"],
  [1_000_000, "1a000f4240"],
  [1_000_000_000_000, "1b000000e8d4a51000"],
  [-1, "20"],
  [-10, "29"],
  [-100, "3863"],
  [-1000, "3903e7"],
  [false, "f4"],
  [true, "f5"],
  ["", "60"],
  ["a", "6161"],
  ["IETF", "6449455446"],
  ['"\\', "62225c"],
  ["\u00fc", "62c3bc"],
  ["\u6c34", "63e6b0b4"],
  ["\u{10151}", "64f0908591"],
  [[], "80"],
  [[1, 2, 3], "83010203"],
  [[1, [2, 3], [4, 5]], "8301820203820405"],
  [
    Array.from({ length: 25 }, (_, index) => index + 1),
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
  ],
  [{}, "a0"],
  [{ a: 1, b: [2, 3] }, "a26161016162820203"],
  [["a", { b: "c" }], "826161a161626163"],
  [{ a: "A", b: "B", c: "C" }, "a3616161416162614261636143"],
];

t.test("the standard's examples are written and read", async (t) => {
  for (const [item, bytes] of EXAMPLES) {
    t.equal(hex(encodeCbor(item)), bytes, JSON.stringify(item));
    t.same(read(bytes), item, bytes);
  }
  for (const item of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2 ** 32, 2 ** 32 - 1]) {
    t.equal(decodeCbor(encodeCbor(item), decode), item, `${item}`);
  }
});

t.test("every name is one of a map", async (t) => {
  const item = Object.fromEntries([["__proto__", "a"]]) as Cbor;
  t.same(Object.entries(decodeCbor(encodeCbor(item), decode)), [["__proto__", "a"]]);
});

t.test("bytes that end too soon, or go on, are refused", async (t) => {
  for (const [, bytes] of EXAMPLES) {
    for (let length = 0; length < bytes.length; length += 2) {
      t.throws(() => read(bytes.slice(0, length)), RangeError, `${bytes} ends after ${length / 2}`);
    }
    t.throws(() => read(`${bytes}00`), RangeError, `${bytes} goes on`);
  }
});

t.test("what an archive does not have is refused", async (t) => {
  for (const [bytes, what] of [
    ["1bffffffffffffffff", "too large a number"],
    ["f6", "null"],
    ["f93c00", "a floating-point number"],
    ["4101", "bytes"],
    ["c100", "a tag"],
    ["9fff", "an array without a length"],
    ["9b0000000100000000", "more items than bytes"],
    ["7a7fffffff61", "a longer text than there is"],
    ["a10102", "a key that is no text"],
    ["81".repeat(20_000), "arrays in each other without end"],
  ] as const) {
    t.throws(() => read(bytes), RangeError, what);
  }
  t.throws(() => encodeCbor(0.5), RangeError);
  t.throws(() => encodeCbor(2 ** 53), RangeError);
});
