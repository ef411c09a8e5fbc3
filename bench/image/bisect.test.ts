import t from "tap";
import { smallest } from "./bisect.ts";

async function find(limit: number): Promise<{ found: number | undefined; tried: number[] }> {
  const tried: number[] = [];
  const found = await smallest({ low: 0, high: 16, step: 2 }, async (candidate) => {
    tried.push(candidate);
    return candidate >= limit;
  });
  return { found, tried };
}

t.test("the smallest candidate that works is found, each tried once", async (t) => {
  for (const [limit, expected] of [
    [16, 16],
    [9, 10],
    [10, 10],
    [3, 4],
    [0, 2],
  ] as const) {
    const { found, tried } = await find(limit);
    t.equal(found, expected);
    t.equal(new Set(tried).size, tried.length);
    t.ok(tried.length <= 4, "by halves");
  }
});

t.test("where even the greatest fails, there is none", async (t) => {
  t.same(await find(17), { found: undefined, tried: [16] });
});
