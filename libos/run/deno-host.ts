/** The platform under an application on Deno. */
import { openUserModeHal } from "../../host-adapters/gateway/user-mode-deno.ts";
import type { ResolvedConfig } from "../config/mod.ts";
import type { Host } from "./host-types.ts";
import { userModeHost } from "./user-mode-host.ts";

/** As `startHost` of Node, for user mode without volumes. */
export function startDenoHost(config: ResolvedConfig): Host {
  return userModeHost(openUserModeHal({ memoryBytes: config.memoryBytes }), []);
}
