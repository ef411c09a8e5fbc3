/**
 * `HostSockets` on Deno: its `node:net`, `node:dgram` and `node:dns`.
 *
 * Deno's own API cannot do what a flow needs: `Deno.TcpConn` has no way to reset a connection (an
 * application that aborts would look to its peer as if it had ended in good order), and UDP is
 * behind `--unstable-net`. Deno's implementation of Node's modules has both, and passes the same
 * checks (`testing/host-sockets-checks.ts`).
 */
import { HOST_SOCKET_LIMITS, type HostSocketLimits, type HostSockets } from "./host-sockets.ts";
import { createNodeSockets } from "./node-sockets.ts";

/** As `createNodeSockets`. */
export function createDenoSockets(limits: HostSocketLimits = HOST_SOCKET_LIMITS): HostSockets {
  return createNodeSockets(limits);
}
