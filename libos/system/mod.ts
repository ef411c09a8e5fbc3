/** `createSystem`: the composition of a whole system on a HAL. */
export { createSystem, type System, type SystemOptions } from "./create-system.ts";
export {
  createNetworkStack,
  type DhcpNetwork,
  type NetworkConfig,
  type NetworkStack,
  type StaticNetwork,
} from "./network.ts";
export type { PortListener } from "./observe-listeners.ts";
export type * from "./state.ts";
