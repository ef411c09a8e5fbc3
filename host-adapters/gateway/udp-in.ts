/** Published UDP ports: datagrams to a port of the host, continued to the application. */
import type { Address } from "../../components/ip/mod.ts";
import type { HostError, HostSockets, HostUdpSocket } from "./host-sockets.ts";
import { clientAddress, type GatewayNetwork } from "./network.ts";
import { UdpFlow, type UdpFlowTable } from "./udp-flow.ts";
import { deliverDatagram, type UdpOutNeeds } from "./udp-out.ts";

/** One published UDP port. */
export interface UdpPublishOptions {
  readonly hostAddress: string;
  /** 0: any. */
  readonly hostPort: number;
  readonly appAddress: Address;
  readonly appPort: number;
  onListening(socket: HostUdpSocket): void;
  onError(error: HostError): void;
}

export interface UdpInNeeds extends Pick<UdpOutNeeds, "udp" | "counters"> {
  readonly flows: UdpFlowTable;
  readonly sockets: HostSockets;
  readonly network: GatewayNetwork;
  /** A random integer in 0 .. below - 1. */
  random(below: number): number;
}

/** Stand-in ports for clients on the loopback are sought so often; then the datagram is dropped. */
const PORT_ATTEMPTS = 16;
const FIRST_EPHEMERAL_PORT = 32_768;

class PublishedUdpPort {
  readonly #needs: UdpInNeeds;
  readonly #options: UdpPublishOptions;
  /** By the client's address and port as text; as many as there are flows. */
  readonly #clients: Map<string, UdpFlow> = new Map();

  constructor(needs: UdpInNeeds, options: UdpPublishOptions) {
    this.#needs = needs;
    this.#options = options;
  }

  onDatagram(socket: HostUdpSocket, bytes: Uint8Array, address: string, port: number): void {
    const key = `${address} ${port}`;
    const flow = this.#clients.get(key) ?? this.#open(key, socket, address, port);
    if (flow === undefined) this.#needs.counters.udpDropped++;
    else deliverDatagram(this.#needs, flow, bytes);
  }

  #open(
    key: string,
    socket: HostUdpSocket,
    hostAddress: string,
    hostPort: number,
  ): UdpFlow | undefined {
    const { network, flows } = this.#needs;
    const { appAddress, appPort } = this.#options;
    const peerAddress = clientAddress(network, hostAddress);
    const peerPort = this.#freePort(peerAddress, hostPort);
    if (peerPort < 0) return undefined;
    const endpoints = { appAddress, appPort, peerAddress, peerPort, hostAddress, hostPort };
    const flow = new UdpFlow(endpoints, false, () => this.#clients.delete(key));
    flow.socket = socket;
    flows.add(flow);
    this.#clients.set(key, flow);
    return flow;
  }

  /** The client's own port, unless the application talks to a service of the host at that port. */
  #freePort(peerAddress: Address, wanted: number): number {
    const { flows, random } = this.#needs;
    const { appAddress, appPort } = this.#options;
    let port = wanted;
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      if (flows.find(appAddress, appPort, peerAddress, port) === undefined) return port;
      port = FIRST_EPHEMERAL_PORT + random(65_536 - FIRST_EPHEMERAL_PORT);
    }
    return -1;
  }
}

/** Opens the host's port. */
export function publishUdp(needs: UdpInNeeds, options: UdpPublishOptions): HostUdpSocket {
  const published = new PublishedUdpPort(needs, options);
  let isOpen = false;
  return needs.sockets.bindUdp(options.hostAddress, options.hostPort, {
    onListening(socket): void {
      isOpen = true;
      options.onListening(socket);
    },
    onDatagram: (socket, bytes, address, port) =>
      published.onDatagram(socket, bytes, address, port),
    onError(_socket, error): void {
      // An answer that did not reach its client says nothing about the port.
      if (!isOpen) options.onError(error);
    },
  });
}
