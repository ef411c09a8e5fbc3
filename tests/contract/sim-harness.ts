/** The simulator under the contract suite. */
import { createSimulation, type SimFolder } from "../../host-adapters/sim/mod.ts";
import type { ContractHarness, HostFolder, StartOptions, SystemUnderTest } from "./harness.ts";

const MEMORY_BYTES = 2 * 2 ** 20;

/** Starts two systems on one network, of which the first is under test. */
async function start({ offloads }: StartOptions): Promise<SystemUnderTest> {
  const world = createSimulation({ seed: 20_261_120 });
  const network = world.createNetwork({ delayUs: 50, ...(offloads && { offloads }) });
  const disk = world.createDisk({ name: "disk0", sectorCount: 64 });
  const readOnly = world.createDisk({ name: "disk1", sectorCount: 64, readOnly: true });
  const folder = world.createFolder({ name: "folder" });
  const shares = [folder.share("shared"), folder.share("shared-ro", true)];
  // A rate, so that the queue of the device can fill.
  const hal = world.createHal({
    name: "near",
    memoryBytes: MEMORY_BYTES,
    net: [{ network, rateBitsPerSecond: 1e9 }],
    block: [disk, readOnly],
    shares,
  });
  const far = world.createHal({ name: "far", memoryBytes: MEMORY_BYTES, net: [network] });
  return {
    hal,
    async until(isDone, limitUs = 10e6) {
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
    share: { device: shares[0]!, readOnly: shares[1]!, host: hostOf(folder) },
    async end() {
      hal.close();
      far.close();
    },
  };
}

/** The folder as the simulated host sees it; what lies outside of it does not exist. */
function hostOf(folder: SimFolder): HostFolder {
  const outside = { path: "secret", text: "nobody reads this" };
  return {
    outside,
    write: (path, text) => folder.write(path, new TextEncoder().encode(text)),
    read(path) {
      return path === `../${outside.path}`
        ? outside.text
        : new TextDecoder().decode(folder.read(path));
    },
    mkdir: (path) => folder.mkdir(path),
    symlink: (target, path) => folder.symlink(target, path),
    remove: (path) => folder.remove(path),
    mkfifo: (path) => folder.mkfifo(path),
  };
}

export const simHarness: ContractHarness = {
  name: "sim",
  devices: ["net", "disk", "share"],
  start,
};
