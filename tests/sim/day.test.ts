import t from "tap";
import { simulateDay } from "./day.ts";

/** The engine's compiler and caches have settled by then. */
const WARM_HOURS = 4;
const PART_HOURS = 8;
/** Below a hundred bytes for each of the 8,000 requests: nothing of a request is kept. */
const GROWTH_BYTES_MAX = 512 * 1024;
const SEED = 1;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

t.test("after a day of requests, renewals and ageing, memory is what it was", async (t) => {
  const { hours, answered, failed, leases, arpRequests } = await simulateDay(SEED);
  const replay = `node tests/sim/day.ts ${SEED}`;
  t.equal(hours.length, 24);
  t.equal(failed, 0, replay);
  t.equal(answered, 24 * 330, replay);
  t.ok(leases >= 24, `the lease was renewed every hour: ${leases}`);
  t.ok(arpRequests > 24, `the client's address aged, and was asked for again: ${arpRequests}`);
  const [first, ...others] = hours;
  for (const hour of others) {
    t.equal(hour.packetBytes, first!.packetBytes, replay);
    t.equal(hour.tasks, first!.tasks, replay);
    t.equal(hour.connections, 0, replay);
    t.equal(hour.neighbours, 0, "the entry has aged");
  }
  const heap = hours.map(({ heapBytes }) => heapBytes);
  const growth =
    mean(heap.slice(-PART_HOURS)) - mean(heap.slice(WARM_HOURS, WARM_HOURS + PART_HOURS));
  t.ok(growth < GROWTH_BYTES_MAX, `the heap grew by ${Math.round(growth)} bytes; ${replay}`);
});
