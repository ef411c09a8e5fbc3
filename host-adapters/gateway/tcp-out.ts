/** TCP flows that the application opens: to any address, continued on a socket of the host. */
import type { TcpRequest } from "../../components/tcp/mod.ts";
import type { HostError, HostSockets } from "./host-sockets.ts";
import type { GatewayLimits } from "./limits.ts";
import { type GatewayNetwork, hostDestination } from "./network.ts";
import { TcpFlow, type TcpFlowOpening, type TcpFlowTable } from "./tcp-flow.ts";

/** Tells the application by ICMP that a destination cannot be reached. */
export type ReportUnreachable = (request: TcpRequest, what: "net" | "host") => void;

/** What outgoing flows need. */
export interface TcpOutNeeds {
  readonly table: TcpFlowTable;
  readonly sockets: HostSockets;
  readonly network: GatewayNetwork;
  readonly limits: GatewayLimits;
  readonly reportUnreachable: ReportUnreachable;
  /** Takes connections to the name server. */
  serveNames(request: TcpRequest): void;
}

const DNS_PORT = 53;

/**
 * The SYN is answered only when the host's socket is connected, so that the application sees what
 * the host saw: SYN-ACK, RST, an ICMP error, or nothing.
 */
class Opening implements TcpFlowOpening {
  readonly #request: TcpRequest;
  readonly #report: ReportUnreachable;

  constructor(request: TcpRequest, report: ReportUnreachable) {
    this.#request = request;
    this.#report = report;
  }

  onHostConnected(flow: TcpFlow): void {
    const accepted = this.#request.accept(flow);
    if (typeof accepted === "string") return;
    flow.join(accepted);
  }

  onHostFailed(_flow: TcpFlow, error: HostError | undefined): void {
    const request = this.#request;
    switch (error) {
      case "EHOSTUNREACH":
      case "EHOSTDOWN":
        this.#report(request, "host");
        return request.reject("drop");
      case "ENETUNREACH":
      case "ENETDOWN":
      case "EADDRNOTAVAIL":
        this.#report(request, "net");
        return request.reject("drop");
      case "ETIMEDOUT":
        // The host has waited for longer than the application would.
        return request.reject("drop");
      default:
        return request.reject("reset");
    }
  }
}

/** @returns What to give to `Tcp.setForwarder`. */
export function createTcpOut(needs: TcpOutNeeds): (request: TcpRequest) => void {
  const { table, sockets, network, limits } = needs;
  return (request) => {
    const { localAddress, localPort } = request;
    if (localAddress === network.nameServer && localPort === DNS_PORT) {
      needs.serveNames(request);
      return;
    }
    const destination = hostDestination(network, localAddress);
    const { counters } = table;
    const isFull =
      counters.tcpFlowsOpen >= limits.tcpFlows ||
      counters.tcpFlowsPending >= limits.tcpPendingFlows;
    if (destination === undefined || isFull) {
      counters.tcpFlowsRefused++;
      request.reject("reset");
      return;
    }
    counters.tcpFlowsOut++;
    const flow = new TcpFlow(table, new Opening(request, needs.reportUnreachable));
    flow.socket = sockets.connectTcp(destination, localPort, flow.fromHost);
  };
}
