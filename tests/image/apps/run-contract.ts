/** Runs parts of the HAL contract suite in an image, and prints what became of each test. */
import type { BareMetal } from "../../../bare-metal/hal.ts";
import type { Hal, NetOffloads } from "../../../libos/hal/mod.ts";
import type {
  ContractHarness,
  ContractPart,
  NetEnd,
  SystemUnderTest,
} from "../../contract/harness.ts";

const DEFAULT_LIMIT_US = 10e6;

export interface ContractRun extends Pick<SystemUnderTest, "disk"> {
  readonly bareMetal: BareMetal;
  readonly hal: Hal;
  readonly print: (line: string) => void;
  readonly devices: ContractHarness["devices"];
  /** Cards that each test has afresh. */
  readonly fresh?: {
    open(offloads: Partial<NetOffloads>): { readonly near: NetEnd; readonly far: NetEnd };
    close(): void;
  };
}

/** @returns How many tests failed. */
export async function runContract(
  parts: readonly ContractPart[],
  { bareMetal, hal, print, devices, disk, fresh }: ContractRun,
): Promise<number> {
  const system: SystemUnderTest = {
    hal,
    // The test owns the alarm, so this looks again in job after job.
    async until(isDone, limitUs = DEFAULT_LIMIT_US) {
      const endUs = hal.clock.nowUs() + limitUs;
      while (!isDone()) {
        if (hal.clock.nowUs() >= endUs) return false;
        await new Promise<void>((resolve) => bareMetal.schedule(resolve));
      }
      return true;
    },
    console: { output: () => new Uint8Array(), type: () => {}, endInput: () => {} },
    power: { requestEnd: () => {}, exitCode: () => undefined },
    ...(disk && { disk }),
    async end() {
      hal.timer.disarm();
      fresh?.close();
    },
  };
  const start: ContractHarness["start"] = async ({ offloads = {} }) => {
    if (fresh === undefined) return system;
    const net = fresh.open(offloads);
    return { ...system, net, hal: { ...hal, memory: net.near.memory, net: [net.near.device] } };
  };
  const harness: ContractHarness = { name: "image", devices, start };
  const tests: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  for (const part of parts) part(harness, (name, run) => tests.push({ name, run }));
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
  return failed;
}
