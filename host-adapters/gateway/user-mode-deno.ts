/** User mode on Deno. */
import { setImmediate } from "node:timers";
import { createDenoHal, type DenoHalOptions } from "../deno/mod.ts";
import { createDenoSockets } from "./deno-sockets.ts";
import { createUserMode, type UserMode, type UserModeOptions } from "./user-mode.ts";

/** As `createUserModeHal` of `user-mode-node.ts`. */
export function createUserModeHal(options: DenoHalOptions & UserModeOptions): Promise<UserMode> {
  return createUserMode<DenoHalOptions>(
    {
      createHal: createDenoHal,
      setImmediate,
      createSockets: createDenoSockets,
    },
    options,
  );
}
