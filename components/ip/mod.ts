/** What the versions of IP have in common: the seam to transports, frames, protocol numbers. */
export * from "./byte-ring.ts";
export * from "./datagram-network.ts";
export * from "./frame.ts";
export * from "./link.ts";
export * from "./network-layer.ts";
