/** The same scripts over node:dgram on loopback and over ours: events, errors and messages agree. */
import nodeDgram from "node:dgram";
import t from "tap";
import { createLookup } from "../dns/lookup.ts";
import { Journal } from "../shared/testing/journal.ts";
import { createTestNetwork } from "../shared/testing/test-system.ts";
import { createDgram } from "./mod.ts";
import { SCENARIOS } from "./testing/scenarios.ts";

for (const { name, run } of SCENARIOS) {
  t.test(`as in Node: ${name}`, async (t) => {
    const expected = new Journal();
    await run(nodeDgram, expected);
    const network = createTestNetwork();
    t.teardown(() => network.close());
    const system = network.system("10.0.0.1");
    const { context } = system;
    const ours = createDgram(
      context,
      createLookup(context, () => "verbatim"),
    );
    const actual = new Journal();
    await run(ours as unknown as typeof nodeDgram, actual);
    t.same(actual.toJSON(), expected.toJSON());
  });
}
