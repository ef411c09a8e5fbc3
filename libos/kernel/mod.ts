/** The kernel core: memory, tasks and the turn. Everything else is a component. */
export * from "./assert.ts";
export * from "./byte-helpers.ts";
export * from "./heap-state.ts";
export * from "./bytes.ts";
export * from "./kernel.ts";
export * from "./memory.ts";
export * from "./tasks.ts";
export * from "./timers.ts";
export * from "./trace.ts";
