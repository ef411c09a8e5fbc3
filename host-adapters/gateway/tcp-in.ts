/** Published TCP ports: connections to the host, continued to the application. */
import type { Address } from "../../components/ip/mod.ts";
import type { Tcp } from "../../components/tcp/mod.ts";
import type { HostListener, HostSockets, HostTcpSocket } from "./host-sockets.ts";
import type { GatewayLimits } from "./limits.ts";
import { clientAddress, type GatewayNetwork } from "./network.ts";
import { TcpFlow, type TcpFlowTable } from "./tcp-flow.ts";

/** What published TCP ports need. */
export interface TcpInNeeds {
  readonly table: TcpFlowTable;
  readonly sockets: HostSockets;
  readonly tcp: Tcp;
  readonly network: GatewayNetwork;
  readonly limits: GatewayLimits;
}

/** One published TCP port. */
export interface TcpPublishOptions {
  readonly hostAddress: string;
  /** 0: any. */
  readonly hostPort: number;
  readonly appAddress: Address;
  readonly appPort: number;
  onListening(listener: HostListener): void;
  onError(error: string): void;
}

/**
 * Connects a client's socket to the application. It is not read before the application has
 * accepted; where nobody listens, the client is reset at once.
 */
function openFlow(needs: TcpInNeeds, options: TcpPublishOptions, socket: HostTcpSocket): void {
  const { table, tcp, network, limits } = needs;
  const { counters } = table;
  const isFull =
    counters.tcpFlowsOpen >= limits.tcpFlows || counters.tcpFlowsPending >= limits.tcpPendingFlows;
  if (isFull) {
    counters.tcpFlowsRefused++;
    socket.abort();
    return;
  }
  counters.tcpFlowsIn++;
  const flow = new TcpFlow(table, undefined);
  flow.socket = socket;
  socket.handler = flow.fromHost;
  const localAddress = clientAddress(network, socket.remoteAddress);
  const address = options.appAddress;
  const port = options.appPort;
  // A foreign client keeps its port as well, unless another flow of the same client has it.
  const localPort = localAddress === network.gateway ? 0 : socket.remotePort;
  let connection = tcp.connect({ address, port, localAddress, localPort, handler: flow });
  if (connection === "EADDRINUSE" && localPort !== 0) {
    connection = tcp.connect({ address, port, localAddress, handler: flow });
  }
  if (typeof connection === "string") {
    flow.refuse();
    return;
  }
  flow.join(connection);
}

/** Opens the host's port. */
export function publishTcp(needs: TcpInNeeds, options: TcpPublishOptions): HostListener {
  return needs.sockets.listenTcp({
    address: options.hostAddress,
    port: options.hostPort,
    onListening: options.onListening,
    onError: options.onError,
    onConnection: (socket) => openFlow(needs, options, socket),
  });
}
