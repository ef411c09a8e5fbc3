import t from "tap";
import { earlierOf, isAfter, isBefore, laterOf } from "./sequence.ts";

t.test("sequence numbers are compared around the wrap", async (t) => {
  const nearEnd = 0xfffffff0 | 0;
  const wrapped = 0x10;
  t.ok(isBefore(nearEnd, wrapped));
  t.ok(isAfter(wrapped, nearEnd));
  t.notOk(isBefore(wrapped, nearEnd));
  t.notOk(isBefore(5, 5));
  t.notOk(isAfter(5, 5));
  t.equal(laterOf(nearEnd, wrapped), wrapped);
  t.equal(earlierOf(nearEnd, wrapped), nearEnd);
  const nearHalf = 0x7ffffff0;
  t.ok(isBefore(nearHalf, (nearHalf + 100) | 0));
});
