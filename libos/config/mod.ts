/** `libos.config.ts`: its type, `defineConfig`, and the checks behind both file and flags. */
export { ConfigError } from "./error.ts";
export {
  formatPublish,
  parseMemory,
  parsePublish,
  parseVolume,
  type Publish,
  type Volume,
} from "./parse.ts";
export {
  defineConfig,
  resolveConfig,
  type ImageConfig,
  type LibosConfig,
  type ResolvedConfig,
} from "./config.ts";
