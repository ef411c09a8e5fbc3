import t from "tap";
import { xxh64 } from "./xxh64.ts";

t.test("it agrees with published values", async (t) => {
  for (const [text, value] of [
    ["", 0xef46_db37_51d8_e999n],
    ["a", 0xd24e_c4f1_a98c_6e5bn],
    ["abc", 0x44bc_2cf5_ad77_0999n],
    ["Nobody inspects the spammish repetition", 0xfbce_a83c_8a37_8bf1n],
  ] as const) {
    t.equal(xxh64(new TextEncoder().encode(text), 0n), value, text);
  }
});

t.test("every byte counts, and the seed", async (t) => {
  for (const length of [1, 31, 32, 47, 64, 79]) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * at) >> 3);
    const whole = xxh64(bytes, 7n);
    t.not(xxh64(bytes, 8n), whole);
    for (const at of bytes.keys()) {
      const altered = bytes.slice();
      altered[at]! ^= 4;
      t.not(xxh64(altered, 7n), whole, `byte ${at} of ${length}`);
    }
  }
});
