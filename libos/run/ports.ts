/** Which ports of the application are published at the host, and telling the user about them. */
import type { Publish } from "../config/mod.ts";

/** As much of a gateway as publishing needs. */
export interface Publisher {
  publish(options: Publish): Promise<{ readonly hostPort: number; close(): void }>;
}

/** A port that is led to the application. */
export interface OpenPort {
  readonly protocol: "tcp" | "udp";
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly appPort: number;
}

/** Below it, listening needs a privilege on most hosts. */
const FIRST_UNPRIVILEGED_PORT = 1024;
/** Where "auto" publishes a port below `FIRST_UNPRIVILEGED_PORT`: 80 becomes 8080. */
const PRIVILEGED_SHIFT = 8000;

/**
 * Publishes what was asked for.
 *
 * @throws Whatever the gateway says of the first port that can't be opened.
 */
export async function publishAll(
  publisher: Publisher,
  list: readonly Publish[],
  opened: (port: OpenPort) => void,
): Promise<void> {
  for (const publish of list) {
    const { hostPort } = await publisher.publish(publish);
    opened({ ...publish, hostPort });
  }
}

/**
 * Publishes each port on which the application listens, at 127.0.0.1, for as long as it listens. A
 * port of the host that is in use is replaced by a free one.
 *
 * @returns The listener for `SystemOptions.onListen`.
 */
export function publishAutomatically(
  publisher: Publisher,
  opened: (port: OpenPort) => void,
  failed: (error: unknown) => void,
): (protocol: "tcp" | "udp", port: number, isOpen: boolean) => void {
  const open = new Map<string, Promise<{ close(): void } | undefined>>();
  const publish = async (protocol: "tcp" | "udp", appPort: number) => {
    const hostAddress = "127.0.0.1";
    const wanted = appPort < FIRST_UNPRIVILEGED_PORT ? appPort + PRIVILEGED_SHIFT : appPort;
    for (const hostPort of [wanted, 0]) {
      try {
        const port = await publisher.publish({ hostAddress, hostPort, appPort, protocol });
        opened({ protocol, hostAddress, hostPort: port.hostPort, appPort });
        return port;
      } catch (error) {
        if (hostPort === 0) failed(error);
      }
    }
    return undefined;
  };
  return (protocol, port, isOpen) => {
    const key = `${protocol}/${port}`;
    if (isOpen) {
      open.set(key, publish(protocol, port));
    } else {
      void open.get(key)?.then((published) => published?.close());
      open.delete(key);
    }
  };
}
