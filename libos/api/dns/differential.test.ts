/** The same scripts over node:dns and ours, with a name server on loopback: answers and errors agree. */
import nodeDgram from "node:dgram";
import nodeDns from "node:dns";
import t from "tap";
import { Journal } from "../shared/testing/journal.ts";
import { createLoneSystem } from "../shared/testing/whole-system.ts";
import { SCENARIOS } from "./testing/scenarios.ts";

for (const { name, run } of SCENARIOS) {
  t.test(`as in Node: ${name}`, async (t) => {
    const expected = new Journal();
    await run(nodeDns, expected, nodeDgram);
    const system = createLoneSystem();
    t.teardown(() => system.stop(0));
    const actual = new Journal();
    await run(
      system.dns as unknown as typeof nodeDns,
      actual,
      system.dgram as unknown as typeof nodeDgram,
    );
    t.same(actual.toJSON(), expected.toJSON());
  });
}
