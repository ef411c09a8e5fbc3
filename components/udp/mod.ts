/** UDP. */
export * from "./limits.ts";
export * from "./types.ts";
export { createUdp } from "./udp.ts";
export type { UdpNeeds } from "./udp.ts";
export * from "./wire.ts";
