import type { Clock, Machine, PacketMemory } from "../../libos/hal/mod.ts";

/** What every driver of this folder and its neighbours needs. */
export interface DriverNeeds {
  readonly machine: Machine;
  /** The slab in which `machine.dma` gives out memory. */
  readonly memory: PacketMemory;
  readonly clock: Clock;
  /** Runs `job` soon, as a job of its own on an empty stack: rule 2 of the contract. */
  readonly schedule: (job: () => void) => void;
  /** Told, as one line for a person, why a device was given up. */
  readonly report?: (line: string) => void;
}
