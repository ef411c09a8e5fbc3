/**
 * The same scripts over node:dgram on loopback and over ours, on the real stack and on a transport
 * without packets: events, errors and messages agree.
 */
import nodeDgram from "node:dgram";
import t from "tap";
import { createLookup } from "../dns/lookup.ts";
import { Journal } from "../shared/testing/journal.ts";
import { createTestNetwork } from "../shared/testing/test-system.ts";
import { createLoneSystem } from "../shared/testing/whole-system.ts";
import { createDgram } from "./mod.ts";
import { SCENARIOS } from "./testing/scenarios.ts";

type NodeDgram = typeof nodeDgram;

for (const { name, run } of SCENARIOS) {
  t.test(`as in Node: ${name}`, async (t) => {
    const expected = new Journal();
    await run(nodeDgram, expected);

    const system = createLoneSystem();
    t.teardown(() => system.stop(0));
    const whole = new Journal();
    await run(system.dgram as unknown as NodeDgram, whole);
    t.same(whole.toJSON(), expected.toJSON(), "on the real stack");

    const network = createTestNetwork();
    t.teardown(() => network.close());
    const { context } = network.system("10.0.0.1");
    const lookup = createLookup(context, () => "verbatim");
    const fake = new Journal();
    await run(createDgram(context, lookup) as unknown as NodeDgram, fake);
    t.same(fake.toJSON(), expected.toJSON(), "on the fake transport");
  });
}
