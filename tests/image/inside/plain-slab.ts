/** Packet memory for an engine without WebAssembly. */
export {
  createPlainSlab,
  createPlainSlab as createSlab,
} from "../../../host-adapters/shared/slab.ts";
