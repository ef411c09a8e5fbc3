/** What the harnesses of the node and deno adapters share: devices, folders and waiting. */
import { createDevicePair } from "../../host-adapters/shared/device-pair.ts";
import type { HostHal, HostHalOptions } from "../../host-adapters/shared/host-hal.ts";
import type { Schedule } from "../../host-adapters/shared/jobs.ts";
import { createSlab } from "../../host-adapters/shared/slab.ts";
import type { StartOptions, SystemUnderTest } from "./harness.ts";
import { createTemporaryFolder } from "./host-folder.ts";

const MEMORY_BYTES = 2 * 2 ** 20;
const POLL_MS = 1;

/** The streams and the process of an adapter under test, and the adapter itself. */
export interface HostUnderTest {
  createHal(options: HostHalOptions): HostHal;
  readonly schedule: Schedule;
  readonly console: SystemUnderTest["console"];
  readonly power: SystemUnderTest["power"];
  end(): void;
}

/** Starts a system over `host`, with a device pair, two disks and two shares. */
export function startOnHost(host: HostUnderTest, options: StartOptions): SystemUnderTest {
  const folder = createTemporaryFolder();
  const slab = createSlab(2 * MEMORY_BYTES + 4 * 2 ** 20);
  const pair = createDevicePair(slab, {
    schedule: host.schedule,
    offloads: options.offloads ?? {},
  });
  const farMemory = slab.region(MEMORY_BYTES);
  const hal = host.createHal({
    memoryBytes: MEMORY_BYTES,
    slab,
    schedule: host.schedule,
    net: [pair.a],
    disks: [
      { name: "disk0", path: folder.diskPath },
      { name: "disk1", path: folder.diskPath, readOnly: true },
    ],
    shares: [
      { name: "shared", path: folder.root },
      { name: "shared-ro", path: folder.root, readOnly: true },
    ],
  });
  hal.hold();
  return {
    hal,
    until: (isDone, limitUs = 10e6) => poll(isDone, limitUs / 1000),
    console: host.console,
    power: host.power,
    net: {
      near: { device: pair.a, memory: hal.memory },
      far: { device: pair.b, memory: farMemory },
      setLink: (isUp) => pair.setLink(isUp),
    },
    disk: { device: hal.block[0]!, readOnly: hal.block[1]! },
    share: { device: hal.shares[0]!, readOnly: hal.shares[1]!, host: folder },
    async end() {
      hal.close();
      pair.b.close();
      host.end();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      folder.dispose();
    },
  };
}

/** Looks again and again, with the host's own timers. */
async function poll(isDone: () => boolean, limitMs: number): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (!isDone()) {
    if (performance.now() >= endMs) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
