/** Packet memory without WebAssembly, which the engine has not, where the simulator asks for it. */
export { createPlainSlab as createSlab } from "../../host-adapters/shared/slab.ts";
