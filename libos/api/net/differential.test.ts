/**
 * The same scripts over node:net on loopback and over ours, on the real stack and on transports
 * without segments: events, errors and messages agree.
 */
import nodeNet from "node:net";
import t from "tap";
import { createLookup } from "../dns/lookup.ts";
import { Journal } from "../shared/testing/journal.ts";
import { createTestNetwork } from "../shared/testing/test-system.ts";
import { createLoneSystem } from "../shared/testing/whole-system.ts";
import { createNet } from "./mod.ts";
import { CONNECTION_SCENARIOS } from "./testing/connection-scenarios.ts";
import { pause, type Scenario } from "./testing/scenario.ts";
import { SERVER_SCENARIOS } from "./testing/server-scenarios.ts";
import { STREAM_SCENARIOS } from "./testing/stream-scenarios.ts";

type NodeNet = typeof nodeNet;

/** The journal of one run, with what happens just after the script's end. */
async function journalOf(run: Scenario["run"], net: NodeNet): Promise<Record<string, string[]>> {
  const journal = new Journal();
  await run(net, journal);
  await pause(10);
  return journal.toJSON();
}

const SCENARIOS = [...CONNECTION_SCENARIOS, ...STREAM_SCENARIOS, ...SERVER_SCENARIOS];

for (const { name, run } of SCENARIOS) {
  t.test(`as in Node: ${name}`, async (t) => {
    const expected = await journalOf(run, nodeNet);

    const system = createLoneSystem();
    t.teardown(() => system.stop(0));
    const whole = await journalOf(run, system.net as unknown as NodeNet);
    t.same(whole, expected, "on the real stack");

    const network = createTestNetwork();
    t.teardown(() => network.close());
    const { context } = network.system("10.0.0.1");
    const lookup = createLookup(context, () => "verbatim");
    const fake = await journalOf(run, createNet(context, lookup) as unknown as NodeNet);
    t.same(fake, expected, "on the fake transport");
  });
}
