import t from "tap";
import { simHarness } from "./sim-harness.ts";
import { halContract } from "./suite.ts";

halContract(simHarness, (name, run) => t.test(name, () => run()));
