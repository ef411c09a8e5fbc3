/** Whole systems for the API's tests: the real stack, in real time, alone or joined by a cable. */
import {
  createDevicePair,
  createPlainSlab,
  type DevicePairOptions,
} from "../../../../host-adapters/shared/mod.ts";
import { createSystem, type System } from "../../../system/mod.ts";
import { createHostHal, hostSchedule } from "./host-kernel.ts";

const REGION_BYTES = 2 ** 23;
const SLAB_BYTES = 2 ** 25;

/** A system without network devices: what it talks to is itself. */
export function createLoneSystem(): System {
  const memory = createPlainSlab(REGION_BYTES).region(REGION_BYTES);
  return createSystem({
    hal: createHostHal(memory),
    network: { kind: "static", address: "10.0.0.1", prefixLength: 24, nameServers: [] },
  });
}

/** Two systems on one cable: 10.0.0.1 and 10.0.0.2. */
export function createJoinedSystems(options: Partial<DevicePairOptions> = {}): {
  readonly a: System;
  readonly b: System;
  stop(): Promise<void>;
} {
  const slab = createPlainSlab(SLAB_BYTES);
  const cable = createDevicePair(slab, { ...options, schedule: hostSchedule });
  const systemOn = (device: typeof cable.a, address: string): System =>
    createSystem({
      hal: createHostHal(slab.region(REGION_BYTES), [device]),
      network: { kind: "static", address, prefixLength: 24, nameServers: [] },
      hosts: { "a.test": "10.0.0.1", "b.test": "10.0.0.2" },
    });
  const a = systemOn(cable.a, "10.0.0.1");
  const b = systemOn(cable.b, "10.0.0.2");
  return {
    a,
    b,
    stop: async () => {
      await Promise.all([a.stop(0), b.stop(0)]);
    },
  };
}
