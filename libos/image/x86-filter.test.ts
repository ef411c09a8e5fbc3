/** The filter for machine code, on code and on bytes that are none. */
import t from "tap";
import { filterX86, unfilterX86 } from "./x86-filter.ts";

function filtered(code: Uint8Array): Uint8Array {
  const copy = code.slice();
  filterX86(copy);
  return copy;
}

t.test("calls and jumps to one place look the same", async (t) => {
  const code = new Uint8Array(64).fill(0x90);
  code.set([0xe8, 0x1b, 0, 0, 0], 0);
  code.set([0xe8, 0x0b, 0, 0, 0], 16);
  code.set([0x0f, 0x84, 0xea, 0xff, 0xff, 0xff], 48);
  const packed = filtered(code);
  t.same(packed.subarray(1, 5), [0, 0, 0x20, 0]);
  t.same(packed.subarray(17, 21), [0, 0, 0x20, 0]);
  t.same(packed.subarray(50, 54), [0, 0, 0x20, 0], "a jump back");
});

t.test("every input comes back", async (t) => {
  let value = 1;
  const random = (): number => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    return value >>> 24;
  };
  const likely = [0xe8, 0xe9, 0x0f, 0x80, 0x85, 0, 255];
  for (let round = 0; round < 500; round++) {
    const code = Uint8Array.from({ length: round % 60 }, () => {
      const pick = random();
      return pick < 200 ? likely[pick % likely.length]! : random();
    });
    const packed = filtered(code);
    unfilterX86(packed);
    t.same(packed, code, `round ${round}`);
  }
});
