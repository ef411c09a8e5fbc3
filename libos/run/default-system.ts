/** The process's default system, for programs that run without the command. */
import { resolveConfig, type ResolvedConfig } from "../config/mod.ts";
import type { Hal } from "../hal/mod.ts";
import { createSystem, type System } from "../system/mod.ts";
import type { Host } from "./host-types.ts";
import { publishAutomatically, type OpenPort } from "./ports.ts";

/** Writes to the diagnostics of the platform, whichever it is. */
function say(hal: Hal, text: string): void {
  hal.console.write(2, new TextEncoder().encode(`libos: ${text}\n`));
}

/**
 * Starts a system with the default configuration.
 *
 * @param startHost Makes the runtime's platform.
 */
export function startDefaultSystem(startHost: (config: ResolvedConfig) => Host): System {
  const config = resolveConfig({}, "defaults");
  const host = startHost(config);
  const { hal, publisher } = host;
  const opened = (port: OpenPort): void => {
    const { appPort, hostAddress, hostPort, protocol } = port;
    say(hal, `${protocol} port ${appPort} is at ${hostAddress}:${hostPort}`);
  };
  const failed = (error: unknown): void => {
    say(hal, error instanceof Error ? error.message : String(error));
  };
  const system = createSystem({
    hal,
    network: host.network,
    hold: () => host.hold(),
    release: () => host.release(),
    nextTick: (callback, value) => process.nextTick(callback, value),
    ...(publisher && { onListen: publishAutomatically(publisher, opened, failed) }),
  });
  hal.power.onRequest(() => {
    void endSystem(system, host).then(() => hal.power.off(INTERRUPTED));
  });
  return system;
}

/** Stops a system in good order; resolves once its last bytes have left the process. */
export async function endSystem(system: System, host: Host): Promise<void> {
  await system.stop();
  await host.closed;
}

/** The exit code of a program that Ctrl-C has ended (POSIX: 128 + SIGINT). */
export const INTERRUPTED = 130;
