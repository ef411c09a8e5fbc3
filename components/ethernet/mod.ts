/** Ethernet over a network device. */
export * from "./ethernet.ts";
export * from "./limits.ts";
export * from "./wire.ts";
