import t from "tap";
import * as base64 from "./base64.ts";
import * as ieee754 from "./ieee754.ts";

t.test("base64 equals Node's for every length and both alphabets", async (t) => {
  const all = Uint8Array.from({ length: 256 }, (_, index) => (index * 37) & 0xff);
  for (let length = 0; length <= all.length; length++) {
    const bytes = all.subarray(0, length);
    const text = Buffer.from(bytes).toString("base64");
    t.equal(base64.fromByteArray(bytes), text);
    t.strictSame(base64.toByteArray(text), Uint8Array.from(bytes));
    const forUrls = text.replaceAll("+", "-").replaceAll("/", "_");
    t.strictSame(base64.toByteArray(forUrls), Uint8Array.from(bytes));
  }
});

t.test("a character too few for a byte gives none, as in Node", async (t) => {
  t.strictSame(base64.toByteArray("A==="), new Uint8Array(0));
});

t.test("floating point equals Node's in either width and order", async (t) => {
  const values = [0, -0, 1.5, -1e300, 3.4e38, 5e-324, Infinity, NaN];
  const [ours, nodes] = [new Uint8Array(12), Buffer.alloc(12)];
  for (const value of values) {
    for (const [width, isLittle, method] of [
      [4, true, "FloatLE"],
      [4, false, "FloatBE"],
      [8, true, "DoubleLE"],
      [8, false, "DoubleBE"],
    ] as const) {
      ieee754.write(ours, value, 3, isLittle, 0, width);
      nodes[`write${method}`](value, 3);
      t.strictSame(ours, Uint8Array.from(nodes), `${method} ${value}`);
      t.ok(Object.is(ieee754.read(ours, 3, isLittle, 0, width), nodes[`read${method}`](3)));
    }
  }
});
