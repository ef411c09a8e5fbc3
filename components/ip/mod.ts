/** What the versions of IP have in common: the seam to transports, frames, protocol numbers. */
export * from "./frame.ts";
export * from "./network-layer.ts";
