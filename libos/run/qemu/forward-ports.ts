/** Ports of the host that lead to an image while it runs: QEMU's user network is told of each. */
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
