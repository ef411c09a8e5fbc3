/** The same scripts over node:net on loopback and over ours: events, errors and messages agree. */
import nodeNet from "node:net";
import t from "tap";
import { createLookup } from "../dns/lookup.ts";
import { Journal } from "../shared/testing/journal.ts";
import { createTestNetwork } from "../shared/testing/test-system.ts";
import { createNet } from "./mod.ts";
import { SCENARIOS } from "./testing/scenarios.ts";

type NodeNet = typeof nodeNet;

for (const { name, run } of SCENARIOS) {
  t.test(`as in Node: ${name}`, async (t) => {
    const expected = new Journal();
    await run(nodeNet, expected);
    const network = createTestNetwork();
    t.teardown(() => network.close());
    const { context } = network.system("10.0.0.1");
    const ours = createNet(
      context,
      createLookup(context, () => "verbatim"),
    );
    const actual = new Journal();
    await run(ours as unknown as NodeNet, actual);
    t.same(actual.toJSON(), expected.toJSON());
  });
}
