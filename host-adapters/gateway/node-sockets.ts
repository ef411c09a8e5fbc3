/** `HostSockets` on Node: `node:net`, `node:dgram`, `node:dns`. */
import os from "node:os";
import { HOST_SOCKET_LIMITS, type HostSocketLimits, type HostSockets } from "./host-sockets.ts";
import { NodeNames } from "./node-names.ts";
import { NodeTcp } from "./node-tcp.ts";
import { NodeUdp } from "./node-udp.ts";

/** Opens nothing by itself; everything that is opened through it is closed by `close`. */
export function createNodeSockets(limits: HostSocketLimits = HOST_SOCKET_LIMITS): HostSockets {
  const tcp = new NodeTcp(limits);
  const udp = new NodeUdp(limits);
  const names = new NodeNames();
  return {
    connectTcp: (address, port, handler) => tcp.connect(address, port, handler),
    listenTcp: (options) => tcp.listen(options),
    connectUdp: (address, port, handler) => udp.connect(address, port, handler),
    bindUdp: (address, port, handler) => udp.bind(address, port, handler),
    resolve: (name, type, done) => names.resolve(name, type, done),
    isHostAddress: (address) =>
      address.startsWith("127.") ||
      Object.values(os.networkInterfaces()).some((entries) =>
        entries?.some((entry) => entry.address === address),
      ),
    flush: () => tcp.flush(),
    close(): void {
      names.close();
      tcp.close();
      udp.close();
    },
  };
}
