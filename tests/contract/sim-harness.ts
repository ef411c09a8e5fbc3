/** The simulator under the contract suite. */
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import type { ContractHarness, StartOptions, SystemUnderTest } from "./harness.ts";

const MEMORY_BYTES = 2 * 2 ** 20;

/** Starts two systems on one network, of which the first is under test. */
async function start({ offloads }: StartOptions): Promise<SystemUnderTest> {
  const world = createSimulation({ seed: 20_261_120 });
  const network = world.createNetwork({ delayUs: 50, ...(offloads && { offloads }) });
  const disk = world.createDisk({ name: "disk0", sectorCount: 64 });
  const readOnly = world.createDisk({ name: "disk1", sectorCount: 64, readOnly: true });
  // A rate, so that the queue of the device can fill.
  const hal = world.createHal({
    name: "near",
    memoryBytes: MEMORY_BYTES,
    net: [{ network, rateBitsPerSecond: 1e9 }],
    block: [disk, readOnly],
  });
  const far = world.createHal({ name: "far", memoryBytes: MEMORY_BYTES, net: [network] });
  return {
    hal,
    async until(isDone, limitUs = 2e6) {
      await world.run({ until: isDone, untilUs: world.nowUs + limitUs });
      return isDone();
    },
    console: {
      output: (stream) => hal.output(stream),
      type: (bytes) => hal.type(bytes),
      endInput: () => hal.endInput(),
    },
    power: { requestEnd: () => hal.requestEnd(), exitCode: () => hal.exitCode },
    net: {
      near: { device: hal.net[0]!, memory: hal.memory },
      far: { device: far.net[0]!, memory: far.memory },
      setLink(isUp) {
        network.setLink("near", isUp);
        network.setLink("far", isUp);
      },
    },
    disk: { device: hal.block[0]!, readOnly: hal.block[1]! },
    async end() {
      hal.close();
      far.close();
    },
  };
}

export const simHarness: ContractHarness = { name: "sim", devices: ["net", "disk"], start };
