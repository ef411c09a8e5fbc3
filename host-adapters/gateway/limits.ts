import { HOST_SOCKET_LIMITS, type HostSocketLimits } from "./host-sockets.ts";

/** The bounds of one gateway. README.md says what a flow costs. */
export interface GatewayLimits {
  /** TCP flows at one time, both directions; beyond it the application and clients get RST. */
  readonly tcpFlows: number;
  /**
   * The longest queue of one TCP flow in packet memory, in each direction, a power of two in
   * 4 KiB .. 16 MiB; at the bound the window closes, and the host is read no more.
   */
  readonly flowQueueBytes: number;
  /** Flows that wait for their other end to connect; beyond it they get RST. */
  readonly tcpPendingFlows: number;
  /** UDP flows at one time, both directions; beyond it the one that was idle longest ends. */
  readonly udpFlows: number;
  /** A UDP flow ends when it was idle for so long (RFC 4787 4.3: two minutes or more). */
  readonly udpIdleUs: number;
  /** Systems that one gateway takes in its life; `attach` throws beyond it. */
  readonly devices: number;
  /** Frames in flight between two stacks, in each direction, a power of two; then senders wait. */
  readonly deviceQueueFrames: number;
  /** Bytes of frames in flight, in each direction, at least 128 KiB; then senders wait. */
  readonly deviceQueueBytes: number;
  /** DNS questions under way at the host; beyond it they are answered with SERVFAIL. */
  readonly dnsQueries: number;
  /** DNS connections at one time; beyond it they get RST. */
  readonly dnsConnections: number;
  /** ICMP errors in a second; beyond it they are left out (RFC 1812 4.3.2.8). */
  readonly icmpErrorsPerSecond: number;
  readonly host: HostSocketLimits;
}

export const GATEWAY_LIMITS: GatewayLimits = {
  tcpFlows: 10_000,
  flowQueueBytes: 262_144,
  tcpPendingFlows: 1_000,
  udpFlows: 1_000,
  udpIdleUs: 120_000_000,
  devices: 16,
  deviceQueueFrames: 1_024,
  deviceQueueBytes: 1_048_576,
  dnsQueries: 64,
  dnsConnections: 64,
  icmpErrorsPerSecond: 1_000,
  host: HOST_SOCKET_LIMITS,
};
