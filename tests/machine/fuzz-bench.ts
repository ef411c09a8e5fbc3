/** A small machine for fuzzing a driver: its device follows a script of faults. */
import {
  findVirtioDevices,
  type VirtioLimits,
  type VirtioTransport,
} from "../../components/virtio/mod.ts";
import { createSimulation, type Simulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine, type EmulatedMachine } from "./machine.ts";
import { scriptedFaults } from "./virtio/faults.ts";
import type { VirtioModel } from "./virtio/virtio-model.ts";

/** Limits with which no input takes long. */
export const FUZZ_LIMITS: VirtioLimits = {
  resetReads: 20,
  configReads: 16,
  waitUs: 600,
  closeUs: 200,
  queueVectors: 8,
};

/** Ring features that an input chooses from by its first byte. */
const RINGS: readonly (readonly number[])[] = [[28, 29], [28, 29, 34], [], [34], [28], [29, 34]];

export interface FuzzBench {
  readonly world: Simulation;
  readonly emulated: EmulatedMachine;
  readonly transport: VirtioTransport;
  /** Lets time pass. */
  run(us: number): void;
  /** @throws Error when the driver did what it must not. */
  check(): void;
}

/** @returns The ring features that an input's first byte chooses. */
export function ringFeaturesOf(bytes: Uint8Array): readonly number[] {
  return RINGS[(bytes[0] ?? 0) % RINGS.length]!;
}

/** Plugs a device in, whose faults the bytes behind the first are. */
export function createFuzzBench(model: VirtioModel, bytes: Uint8Array): FuzzBench {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world, dmaBytes: 2 ** 18, memoryBytes: 2 ** 14 });
  model.faults = scriptedFaults(bytes.subarray(1));
  emulated.attach(model, { bus: (bytes[0] ?? 0) < 128 ? "pci" : "mmio" });
  const [transport] = findVirtioDevices(emulated.machine);
  return {
    world,
    emulated,
    transport: transport!,
    run(us) {
      world.runSync({ untilUs: world.nowUs + us, maxEvents: 100_000 });
    },
    check() {
      const [first] = emulated.violations;
      if (first !== undefined) throw new Error(first);
    },
  };
}

/** Seeds that let a few completions pass and then go through all faults. */
export const FAULT_SEEDS: readonly Uint8Array[] = [
  Uint8Array.from({ length: 20 }, (_, index) => 16 + index),
  Uint8Array.from({ length: 40 }, (_, index) => (index % 3 === 0 ? 17 + (index % 15) : 1)),
  Uint8Array.from({ length: 60 }, (_, index) => (index < 40 ? 1 : 30 - (index % 14))),
];
