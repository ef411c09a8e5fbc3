/** The contract suite on virtio devices of the emulated machine, in all their variants. */
import t from "tap";
import { halContract } from "../contract/suite.ts";
import { machineHarness, VARIANTS } from "./contract-harness.ts";

for (const variant of VARIANTS) {
  halContract(machineHarness(variant), (name, run) => t.test(name, () => run()));
}
