/** The simulator: virtual time, seeded networks and disks, any number of systems. */
export type { ClockSkew } from "./sim-time.ts";
export type { SimDisk, SimDiskCounters, SimDiskOptions } from "./sim-disk.ts";
export type { SimHal, SimHalOptions, SimNetAttachment } from "./sim-hal.ts";
export type {
  NetworkFaults,
  SimNetwork,
  SimNetworkCounters,
  SimNetworkOptions,
} from "./sim-network.ts";
export type { SimPort, SimPortCounters } from "./sim-port.ts";
export type { SimFolder, SimFolderOptions, SimShare } from "./sim-share.ts";
export {
  createSimulation,
  type RunOptions,
  type RunResult,
  type Simulation,
  SimulationError,
  type SimulationOptions,
} from "./world.ts";
