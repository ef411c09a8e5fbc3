/** User mode on Node. */
import { setImmediate } from "node:timers";
import { createNodeHal, type NodeHalOptions } from "../node/mod.ts";
import { createNodeSockets } from "./node-sockets.ts";
import {
  createUserMode,
  openUserMode,
  type UserMode,
  type UserModeHost,
  type UserModeOptions,
} from "./user-mode.ts";

const NODE: UserModeHost<NodeHalOptions> = {
  createHal: createNodeHal,
  setImmediate,
  createSockets: createNodeSockets,
};

/**
 * Makes the platform of a system that reaches the world through this process's sockets.
 *
 * @example
 * const { hal, published } = await createUserModeHal({
 *   memoryBytes: 64 * 2 ** 20,
 *   publish: [{ hostPort: 8080, appPort: 80 }],
 * });
 *
 * @throws PublishError when a port is used; Error when a share or a disk cannot be opened.
 */
export function createUserModeHal(options: NodeHalOptions & UserModeOptions): Promise<UserMode> {
  return createUserMode(NODE, options);
}

/** As `createUserModeHal`, at once: without `options.publish`. */
export function openUserModeHal(options: NodeHalOptions & UserModeOptions): UserMode {
  return openUserMode(NODE, options);
}
