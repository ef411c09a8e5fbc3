/** `createSystem`: the composition of a whole system on a HAL. */
export { createSystem, type System, type SystemOptions } from "./create-system.ts";
export type { DhcpNetwork, NetworkConfig, StaticNetwork } from "./network-config.ts";
export { createNetworkStack, type NetworkStack } from "./network.ts";
export type { PortListener } from "./observe-listeners.ts";
export type * from "./state.ts";
