import t from "tap";
import { measureMany } from "./tcp-many.ts";

/** What the README of the component states, with room for another engine's objects. */
const HEAP_BYTES_MAX = 3000;

t.test("10,000 idle and 1,000 busy connections live in one system", async (t) => {
  const result = measureMany({ idle: 10_000, active: 1000, bytes: 20_000 });
  t.equal(result.connections, 11_000);
  t.equal(result.echoedBytes, 1000 * 20_000);
  t.equal(result.packetBytesPerIdle, 0, "an idle connection holds no packet memory");
  t.ok(
    result.heapBytesPerIdle < HEAP_BYTES_MAX,
    `${result.heapBytesPerIdle} bytes of JavaScript heap for each idle connection`,
  );
});
