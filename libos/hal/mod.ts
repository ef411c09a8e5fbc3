/**
 * The HAL contract: everything that libos asks of a platform, as interfaces and nothing else.
 *
 * Read in this order: `hal.ts` (the whole), `time.ts`, `packet-memory.ts`, `byte-helpers.ts`,
 * `net-device.ts`, `block-device.ts`, `share-device.ts`, and `machine.ts` for raw hardware.
 * `tests/contract/` holds every adapter to what these files promise.
 */
export * from "./block-device.ts";
export * from "./byte-helpers.ts";
export * from "./hal.ts";
export * from "./machine.ts";
export * from "./net-device.ts";
export * from "./packet-memory.ts";
export * from "./share-device.ts";
export * from "./time.ts";
