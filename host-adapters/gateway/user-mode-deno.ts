/** User mode on Deno. */
import { setImmediate } from "node:timers";
import { createDenoHal, type DenoHalOptions } from "../deno/mod.ts";
import { createDenoSockets } from "./deno-sockets.ts";
import {
  createUserMode,
  openUserMode,
  type UserMode,
  type UserModeHost,
  type UserModeOptions,
} from "./user-mode.ts";

const DENO: UserModeHost<DenoHalOptions> = {
  createHal: createDenoHal,
  setImmediate,
  createSockets: createDenoSockets,
};

/** As `createUserModeHal` of `user-mode-node.ts`. */
export function createUserModeHal(options: DenoHalOptions & UserModeOptions): Promise<UserMode> {
  return createUserMode(DENO, options);
}

/** As `createUserModeHal`, at once: without `options.publish`. */
export function openUserModeHal(options: DenoHalOptions & UserModeOptions): UserMode {
  return openUserMode(DENO, options);
}
