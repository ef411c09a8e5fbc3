/** The HAL contract suite inside the image: what it says of time, entropy and packet memory. */
import { entropyContract } from "../../contract/entropy.ts";
import type { ContractHarness, SystemUnderTest } from "../../contract/harness.ts";
import { packetMemoryContract } from "../../contract/packet-memory.ts";
import { timeContract } from "../../contract/time.ts";
import { openImage } from "./image.ts";

const { bareMetal, hal, print } = openImage();
const DEFAULT_LIMIT_US = 10e6;

/** The test owns the alarm, so that `until` looks again in job after job. */
async function until(isDone: () => boolean, limitUs = DEFAULT_LIMIT_US): Promise<boolean> {
  const endUs = hal.clock.nowUs() + limitUs;
  while (!isDone()) {
    if (hal.clock.nowUs() >= endUs) return false;
    await new Promise<void>((resolve) => bareMetal.schedule(resolve));
  }
  return true;
}

const system: SystemUnderTest = {
  hal,
  until,
  console: { output: () => new Uint8Array(), type: () => {}, endInput: () => {} },
  power: { requestEnd: () => {}, exitCode: () => undefined },
  end: async () => hal.timer.disarm(),
};
const harness: ContractHarness = { name: "image", devices: [], start: async () => system };

const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
for (const part of [timeContract, entropyContract, packetMemoryContract]) {
  part(harness, (name, run) => tests.push({ name, run }));
}

let failed = 0;
for (const { name, run } of tests) {
  try {
    await run();
    print(`ok ${name}`);
  } catch (error) {
    failed++;
    print(`not ok ${name}: ${String(error)}`);
  }
}
print(`${tests.length - failed} passed, ${failed} failed`);
hal.power.off(failed === 0 ? 0 : 2);
