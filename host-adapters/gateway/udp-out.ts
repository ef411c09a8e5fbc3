/** Datagrams of the application, to anywhere: a socket of the host for each flow. */
import type { UnreachableKind } from "../../components/icmpv4/mod.ts";
import { type Address, SEND } from "../../components/ip/mod.ts";
import type { Udp, UdpForwarder } from "../../components/udp/mod.ts";
import type { GatewayCounters } from "./counters.ts";
import type { HostError, HostSockets, HostUdpHandler, HostUdpSocket } from "./host-sockets.ts";
import { type GatewayNetwork, hostDestination } from "./network.ts";
import { UdpFlow, type UdpFlowTable } from "./udp-flow.ts";

/** What UDP flows need. */
export interface UdpOutNeeds {
  readonly memory: Uint8Array;
  readonly counters: GatewayCounters;
  readonly flows: UdpFlowTable;
  readonly sockets: HostSockets;
  readonly udp: Udp;
  readonly network: GatewayNetwork;
  /** Tells the application by ICMP that the peer of a flow, or its port, can't be reached. */
  reportUnreachable(flow: UdpFlow, what: UnreachableKind): void;
  /** Takes datagrams to the name server. */
  serveNames(offset: number, length: number, appAddress: Address, appPort: number): void;
}

const DNS_PORT = 53;

/** Errors of the host that an ICMP message can say. */
const UNREACHABLE: Readonly<Record<string, UnreachableKind>> = {
  ECONNREFUSED: "port",
  EHOSTUNREACH: "host",
  EHOSTDOWN: "host",
  ENETUNREACH: "net",
  ENETDOWN: "net",
  EACCES: "prohibited",
  EPERM: "prohibited",
};

/** Errors of one datagram, after which the socket works on; any other is its end. */
const PASSING: ReadonlySet<HostError> = new Set(["ECONNREFUSED", "ENOBUFS", "EMSGSIZE", "EAGAIN"]);

/** Sends a datagram of the host's world to the application, as coming from the flow's peer. */
export function deliverDatagram(
  needs: Pick<UdpOutNeeds, "udp" | "counters" | "flows">,
  flow: UdpFlow,
  bytes: Uint8Array,
): void {
  const { udp, counters, flows } = needs;
  const result = udp.sendFrom(
    flow.peerAddress,
    flow.peerPort,
    flow.appAddress,
    flow.appPort,
    bytes,
    0,
    bytes.length,
  );
  if (result === SEND.OK) {
    counters.udpDatagramsIn++;
    counters.udpBytesIn += bytes.length;
    flows.touch(flow);
  } else {
    counters.udpDropped++;
  }
}

class FromHost implements HostUdpHandler {
  readonly #needs: UdpOutNeeds;
  readonly #flow: UdpFlow;

  constructor(needs: UdpOutNeeds, flow: UdpFlow) {
    this.#needs = needs;
    this.#flow = flow;
  }

  onDatagram(_socket: HostUdpSocket, bytes: Uint8Array): void {
    deliverDatagram(this.#needs, this.#flow, bytes);
  }

  onError(_socket: HostUdpSocket, error: HostError): void {
    const what = UNREACHABLE[error];
    if (what !== undefined) this.#needs.reportUnreachable(this.#flow, what);
    else this.#needs.counters.udpDropped++;
    if (!PASSING.has(error)) this.#needs.flows.end(this.#flow);
  }
}

class Forwarder implements UdpForwarder {
  readonly #needs: UdpOutNeeds;

  constructor(needs: UdpOutNeeds) {
    this.#needs = needs;
  }

  onDatagram(
    offset: number,
    length: number,
    remoteAddress: Address,
    remotePort: number,
    localAddress: Address,
    localPort: number,
  ): void {
    const { flows, network, memory, counters } = this.#needs;
    let flow = flows.find(remoteAddress, remotePort, localAddress, localPort);
    if (flow === undefined) {
      if (localAddress === network.nameServer && localPort === DNS_PORT) {
        this.#needs.serveNames(offset, length, remoteAddress, remotePort);
        return;
      }
      flow = this.#open(remoteAddress, remotePort, localAddress, localPort);
    }
    const isSent = flow?.socket?.send(memory, offset, length, flow.hostAddress, flow.hostPort);
    if (flow === undefined || isSent !== true) {
      counters.udpDropped++;
      return;
    }
    flows.touch(flow);
    counters.udpDatagramsOut++;
    counters.udpBytesOut += length;
  }

  #open(
    appAddress: Address,
    appPort: number,
    peerAddress: Address,
    peerPort: number,
  ): UdpFlow | undefined {
    const { network, sockets, flows } = this.#needs;
    const hostAddress = hostDestination(network, peerAddress);
    if (hostAddress === undefined || peerPort === 0) return undefined;
    const endpoints = {
      appAddress,
      appPort,
      peerAddress,
      peerPort,
      hostAddress,
      hostPort: peerPort,
    };
    const flow = new UdpFlow(endpoints, true, undefined);
    flow.socket = sockets.connectUdp(hostAddress, peerPort, new FromHost(this.#needs, flow));
    flows.add(flow);
    return flow;
  }
}

/** @returns What to give to `Udp.setForwarder`. */
export function createUdpOut(needs: UdpOutNeeds): UdpForwarder {
  return new Forwarder(needs);
}
