import t from "tap";
import { nodeHarness } from "./node-harness.ts";
import { halContract } from "./suite.ts";

halContract(nodeHarness, (name, run) => t.test(name, () => run()));
