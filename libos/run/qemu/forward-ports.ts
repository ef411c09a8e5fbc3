/** Ports of the host that lead to an image while it runs: QEMU's user network is told of each. */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { Publish } from "../../config/mod.ts";
import type { Publisher } from "../ports.ts";
import type { QemuMonitor } from "./monitor.ts";

/** @returns A TCP port of `host` that nobody uses now. */
export function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

/** Opens a port as QEMU would, and closes it. @returns The error's code; undefined: it can be opened. */
function tryPort({ protocol, hostAddress, hostPort }: HostPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const fail = ({ code = "" }: NodeJS.ErrnoException): void => resolve(code);
    if (protocol === "udp") {
      const socket = createSocket("udp4").on("error", fail);
      socket.bind(hostPort, hostAddress, () => socket.close(() => resolve(undefined)));
    } else {
      const server = createServer().on("error", fail);
      server.listen(hostPort, hostAddress, () => server.close(() => resolve(undefined)));
    }
  });
}

/** A port of the host. */
export type HostPort = Pick<Publish, "protocol" | "hostAddress" | "hostPort">;

/** QEMU says only that it can't open a port. @returns A line that says why, and what to do. */
export async function explainPort(port: HostPort): Promise<string> {
  const { protocol, hostAddress, hostPort } = port;
  const name = `${protocol} port ${hostPort}`;
  switch (await tryPort(port)) {
    case "EADDRNOTAVAIL":
      return `the host has no address ${hostAddress}; publish ${name} at 127.0.0.1, or at 0.0.0.0 for all, by -p`;
    case "EACCES":
      return `${name} of ${hostAddress} may not be opened by you; publish one above 1023 by -p`;
    default:
      return `${name} of ${hostAddress} is in use; publish another one by -p`;
  }
}

/** @param netdev The name of QEMU's user network. */
export function createForwarder(monitor: QemuMonitor, netdev: string): Publisher {
  return {
    async publish({ protocol, hostAddress, hostPort: wanted, appPort }: Publish) {
      const hostPort = wanted === 0 ? await freePort(hostAddress) : wanted;
      const rule = `${protocol}:${hostAddress}:${hostPort}`;
      const complaint = await monitor.say(`hostfwd_add ${netdev} ${rule}-:${appPort}`);
      if (complaint !== "") {
        throw new Error(
          `${protocol} port ${hostPort} of ${hostAddress} can't be opened: ${complaint}`,
        );
      }
      return {
        hostPort,
        close: () => void monitor.say(`hostfwd_remove ${netdev} ${rule}`).catch(() => {}),
      };
    },
  };
}
