/**
 * A small world for tests of network components: virtual time that jumps, hosts over one slab of
 * plain packet memory, and cables between them. `host-adapters/sim` is the large one, with faults.
 */
import { createDevicePair } from "../../host-adapters/shared/device-pair.ts";
import type { DevicePair, DevicePairOptions } from "../../host-adapters/shared/device-pair.ts";
import { createJobQueue } from "../../host-adapters/shared/jobs.ts";
import { createRandom } from "../../host-adapters/shared/random.ts";
import { createPlainSlab } from "../../host-adapters/shared/slab.ts";
import type { Slab } from "../../host-adapters/shared/slab.ts";
import type { Hal, NetDevice, PacketMemory } from "../../libos/hal/mod.ts";
import type { Kernel } from "../../libos/kernel/mod.ts";
import { createKernel } from "../../libos/kernel/mod.ts";

/** One system's kernel and platform. */
export interface TestHost {
  readonly name: string;
  readonly hal: Hal;
  readonly kernel: Kernel;
}

export interface TestWorld {
  readonly nowUs: number;
  readonly slab: Slab;
  /** Adds a system. `memoryBytes` is its region, 4 MiB if absent. */
  host(name: string, net?: readonly NetDevice[], memoryBytes?: number): TestHost;
  /** Lays a cable. */
  cable(options?: Omit<DevicePairOptions, "schedule">): DevicePair;
  /** Runs all that happens up to `untilUs`; without it, until nothing is left to happen. */
  run(untilUs?: number): void;
  /** Runs for so long. */
  runFor(us: number): void;
}

interface Alarm {
  deadlineUs: number;
  expire: () => void;
}

/** Livelocks end here. */
const MAX_JOBS = 5_000_000;

class VirtualWorld implements TestWorld {
  nowUs = 0;
  readonly slab: Slab;
  readonly #jobs = createJobQueue();
  readonly #alarms: Alarm[] = [];

  constructor(slabBytes: number) {
    this.slab = createPlainSlab(slabBytes);
  }

  host(name: string, net: readonly NetDevice[] = [], memoryBytes: number = 2 ** 22): TestHost {
    const hal = this.#hal(name, net, this.slab.region(memoryBytes));
    return { name, hal, kernel: createKernel(hal) };
  }

  cable(options: Omit<DevicePairOptions, "schedule"> = {}): DevicePair {
    return createDevicePair(this.slab, { ...options, schedule: this.#jobs.schedule });
  }

  runFor(us: number): void {
    this.run(this.nowUs + us);
  }

  run(untilUs: number = Infinity): void {
    for (;;) {
      if (this.#jobs.run(MAX_JOBS) === MAX_JOBS) throw new Error("a livelock");
      const next = this.#alarms.reduce(
        (earliest, one) => (one.deadlineUs < earliest.deadlineUs ? one : earliest),
        { deadlineUs: Infinity, expire: () => {} },
      );
      if (next.deadlineUs > untilUs || next.deadlineUs === Infinity) break;
      this.nowUs = Math.max(this.nowUs, Math.ceil(next.deadlineUs));
      next.deadlineUs = Infinity;
      next.expire();
    }
    if (untilUs !== Infinity) this.nowUs = untilUs;
  }

  #hal(name: string, net: readonly NetDevice[], memory: PacketMemory): Hal {
    const alarm: Alarm = { deadlineUs: Infinity, expire: () => {} };
    this.#alarms.push(alarm);
    const random = createRandom(1, name);
    return {
      platform: { name: "test", engine: "", arch: "" },
      memory,
      clock: { nowUs: () => this.nowUs, wallUs: () => 1_767_225_600_000_000 + this.nowUs },
      timer: {
        arm(deadlineUs: number): void {
          alarm.deadlineUs = deadlineUs;
        },
        disarm(): void {
          alarm.deadlineUs = Infinity;
        },
        onExpire(handler: () => void): void {
          alarm.expire = handler;
        },
      },
      entropy: { available: true, fill: (target) => random.fill(target) },
      console: { write: () => {}, read: () => 0, onReady: () => {} },
      power: { off: () => {}, reset: () => {}, onRequest: () => {} },
      net,
      block: [],
      shares: [],
      close: () => {},
    };
  }
}

/** Makes an empty world at time 0. */
export function createTestWorld(slabBytes: number = 2 ** 25): TestWorld {
  return new VirtualWorld(slabBytes);
}
