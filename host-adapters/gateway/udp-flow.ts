/**
 * UDP flows: one for each pair of endpoints, in one table for both directions.
 *
 * A flow that the application began has a socket of the host that is connected to its peer, so that
 * the host's kernel filters strangers and reports a port where nobody listens. (A mapping for each
 * destination, RFC 4787 4.1: fine for clients and servers, not for hole punching.) A flow that a
 * client of a published port began shares that port's socket.
 *
 * A flow ends when it was idle for `limits.udpIdleUs`. At `limits.udpFlows` the flow that was idle
 * longest gives way.
 */
import type { Address } from "../../components/ip/mod.ts";
import type { TimerEntry, Timers } from "../../libos/kernel/mod.ts";
import type { GatewayCounters } from "./counters.ts";
import type { HostUdpSocket } from "./host-sockets.ts";
import type { GatewayLimits } from "./limits.ts";

/** One flow. Endpoints are as the application sees them. */
export class UdpFlow {
  readonly appAddress: Address;
  readonly appPort: number;
  readonly peerAddress: Address;
  readonly peerPort: number;
  /** The host's peer, for sockets that are not connected. */
  readonly hostAddress: string;
  readonly hostPort: number;
  socket: HostUdpSocket | undefined;
  /** True when the socket belongs to this flow alone and is closed with it. */
  readonly ownsSocket: boolean;
  lastUsedUs = 0;
  /** Called when the flow ends. */
  readonly onEnd: (() => void) | undefined;

  constructor(from: UdpFlowEndpoints, ownsSocket: boolean, onEnd: (() => void) | undefined) {
    this.appAddress = from.appAddress;
    this.appPort = from.appPort;
    this.peerAddress = from.peerAddress;
    this.peerPort = from.peerPort;
    this.hostAddress = from.hostAddress;
    this.hostPort = from.hostPort;
    this.ownsSocket = ownsSocket;
    this.onEnd = onEnd;
  }
}

export interface UdpFlowEndpoints {
  readonly appAddress: Address;
  readonly appPort: number;
  readonly peerAddress: Address;
  readonly peerPort: number;
  readonly hostAddress: string;
  readonly hostPort: number;
}

/** An endpoint as one number below 2^48, for a map's key without an allocation. */
function endpointKey(address: Address, port: number): number {
  return address * 65_536 + port;
}

/** What the table needs. */
export interface UdpFlowTableNeeds {
  readonly timers: Timers;
  nowUs(): number;
  readonly counters: GatewayCounters;
  readonly limits: GatewayLimits;
}

export class UdpFlowTable {
  readonly #needs: UdpFlowTableNeeds;
  /** One for all flows: a timer of each would outlive its flow in the kernel's queue. */
  readonly #timer: TimerEntry;
  /** By the application's endpoint, then by the peer's. */
  readonly #flows: Map<number, Map<number, UdpFlow>> = new Map();
  #count = 0;

  constructor(needs: UdpFlowTableNeeds) {
    this.#needs = needs;
    this.#timer = needs.timers.create((table: UdpFlowTable) => table.#endIdle(), this);
  }

  find(
    appAddress: Address,
    appPort: number,
    peerAddress: Address,
    peerPort: number,
  ): UdpFlow | undefined {
    const peers = this.#flows.get(endpointKey(appAddress, appPort));
    return peers?.get(endpointKey(peerAddress, peerPort));
  }

  add(flow: UdpFlow): void {
    const { counters, limits, nowUs } = this.#needs;
    if (this.#count >= limits.udpFlows) this.#evict();
    const key = endpointKey(flow.appAddress, flow.appPort);
    let peers = this.#flows.get(key);
    if (peers === undefined) {
      peers = new Map();
      this.#flows.set(key, peers);
    }
    peers.set(endpointKey(flow.peerAddress, flow.peerPort), flow);
    this.#count++;
    counters.udpFlowsOpened++;
    counters.udpFlowsOpen = this.#count;
    this.touch(flow);
    if (this.#timer.deadlineUs === Infinity) this.#timer.set(nowUs() + limits.udpIdleUs);
  }

  /** A datagram has passed: the idle time starts anew. */
  touch(flow: UdpFlow): void {
    flow.lastUsedUs = this.#needs.nowUs();
  }

  end(flow: UdpFlow): void {
    const key = endpointKey(flow.appAddress, flow.appPort);
    const peers = this.#flows.get(key);
    if (peers?.delete(endpointKey(flow.peerAddress, flow.peerPort)) !== true) return;
    if (peers.size === 0) this.#flows.delete(key);
    this.#count--;
    this.#needs.counters.udpFlowsOpen = this.#count;
    if (flow.ownsSocket) flow.socket?.close();
    flow.socket = undefined;
    flow.onEnd?.();
  }

  endAll(): void {
    for (const peers of this.#flows.values()) for (const flow of peers.values()) this.end(flow);
  }

  /** Ends what is due, and comes again when the next flow may be. */
  #endIdle(): void {
    const { nowUs, limits } = this.#needs;
    const dueUs = nowUs() - limits.udpIdleUs;
    let eldestUs = Infinity;
    for (const peers of this.#flows.values()) {
      for (const flow of peers.values()) {
        if (flow.lastUsedUs <= dueUs) this.end(flow);
        else eldestUs = Math.min(eldestUs, flow.lastUsedUs);
      }
    }
    if (eldestUs !== Infinity) this.#timer.set(eldestUs + limits.udpIdleUs);
  }

  /** Only at the bound, and then as costly as the bound is high. */
  #evict(): void {
    let eldest: UdpFlow | undefined;
    for (const peers of this.#flows.values()) {
      for (const flow of peers.values()) {
        if (eldest === undefined || flow.lastUsedUs < eldest.lastUsedUs) eldest = flow;
      }
    }
    if (eldest === undefined) return;
    this.#needs.counters.udpFlowsEvicted++;
    this.end(eldest);
  }
}
