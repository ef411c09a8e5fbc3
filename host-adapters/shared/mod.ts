/** What the adapters share: packet memory, a device pair, jobs, and seeded random numbers. */
export * from "./device-pair.ts";
export * from "./jobs.ts";
export { createPlainMemory } from "./plain-memory.ts";
export * from "./random.ts";
export * from "./slab.ts";
