/** The 16550 UART as a `Console`. */
export { createNs16550, NS16550_LIMITS } from "./ns16550.ts";
export type { Ns16550, Ns16550Limits, Ns16550Needs } from "./ns16550.ts";
export { mmioRegisters, portRegisters, type UartRegisters } from "./registers.ts";
