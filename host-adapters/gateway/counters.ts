/** What a gateway counts; the dashboard and `/net` show it. */
export interface GatewayCounters {
  /** TCP flows open now, and of them those whose other end is not connected yet. */
  tcpFlowsOpen: number;
  tcpFlowsPending: number;
  /** Flows that the application opened, and flows to published ports; since the start. */
  tcpFlowsOut: number;
  tcpFlowsIn: number;
  /** Flows that a bound, the host or the application refused. */
  tcpFlowsRefused: number;
  /** Flows that ended by a reset or an error. */
  tcpFlowsReset: number;
  /** Payload from the application to the host, and back. */
  tcpBytesOut: number;
  tcpBytesIn: number;
  udpFlowsOpen: number;
  udpFlowsOpened: number;
  /** Flows that ended early because `limits.udpFlows` was reached. */
  udpFlowsEvicted: number;
  udpDatagramsOut: number;
  udpDatagramsIn: number;
  udpBytesOut: number;
  udpBytesIn: number;
  /** Datagrams that found a full queue or no way. */
  udpDropped: number;
  icmpErrorsSent: number;
  /** Questions for the name server, and those that were answered with SERVFAIL. */
  dnsQueries: number;
  dnsFailed: number;
  dhcpRequests: number;
  /** Requests that are no DHCP, or that the pool had no address for. */
  dhcpRefused: number;
}

export function createGatewayCounters(): GatewayCounters {
  return {
    tcpFlowsOpen: 0,
    tcpFlowsPending: 0,
    tcpFlowsOut: 0,
    tcpFlowsIn: 0,
    tcpFlowsRefused: 0,
    tcpFlowsReset: 0,
    tcpBytesOut: 0,
    tcpBytesIn: 0,
    udpFlowsOpen: 0,
    udpFlowsOpened: 0,
    udpFlowsEvicted: 0,
    udpDatagramsOut: 0,
    udpDatagramsIn: 0,
    udpBytesOut: 0,
    udpBytesIn: 0,
    udpDropped: 0,
    icmpErrorsSent: 0,
    dnsQueries: 0,
    dnsFailed: 0,
    dhcpRequests: 0,
    dhcpRefused: 0,
  };
}
