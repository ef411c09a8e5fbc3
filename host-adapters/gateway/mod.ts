/** The user-mode gateway: an application's own TCP/IP stack meets the host's sockets. */
export type { GatewayCounters } from "./counters.ts";
export {
  createGateway,
  type Gateway,
  type GatewayAttachment,
  type GatewayNeeds,
  type GatewayOptions,
} from "./gateway.ts";
export type * from "./host-sockets.ts";
export { GATEWAY_LIMITS, type GatewayLimits } from "./limits.ts";
export type { GatewayNetwork, GatewayNetworkOptions } from "./network.ts";
export { PublishError, type PublishedPort, type PublishOptions } from "./publish.ts";
export type { UserMode, UserModeOptions } from "./user-mode.ts";
