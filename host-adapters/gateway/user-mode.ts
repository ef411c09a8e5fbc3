/**
 * User mode: a system's `Hal` whose network is a gateway in the same process. The composition that
 * Node and Deno share.
 */
import type { HostHal, HostHalOptions } from "../shared/host-hal.ts";
import { createSlab } from "../shared/mod.ts";
import type { GatewayCounters } from "./counters.ts";
import {
  createGateway,
  type Gateway,
  type GatewayAttachment,
  type GatewayOptions,
} from "./gateway.ts";
import { HOST_SOCKET_LIMITS, type HostSocketLimits, type HostSockets } from "./host-sockets.ts";
import { createLanes } from "./lanes.ts";
import { GATEWAY_LIMITS } from "./limits.ts";
import type { PublishedPort, PublishOptions } from "./publish.ts";

/** How a system in user mode is set up; everything has a default but `memoryBytes`. */
export interface UserModeOptions extends GatewayOptions {
  /** Packet memory of the gateway's own stack. Default 64 MiB; only what is used is committed. */
  readonly gatewayMemoryBytes?: number;
  /** Ports of the host that lead to the system. */
  readonly publish?: readonly PublishOptions[];
}

/** What a runtime brings in. */
export interface UserModeHost<Options> {
  createHal(options: Options & HostHalOptions): HostHal;
  setImmediate(callback: () => void): unknown;
  createSockets(limits: HostSocketLimits): HostSockets;
}

/** A system's platform in user mode. */
export interface UserMode {
  /** `hal.close()` also closes the gateway, after the host has taken the system's last bytes. */
  readonly hal: HostHal;
  /** Resolves when the gateway is closed: what was sent has left the process. */
  readonly closed: Promise<void>;
  readonly gateway: Gateway;
  readonly counters: Readonly<GatewayCounters>;
  /** The system's addresses, for whoever does not ask DHCP. */
  readonly network: GatewayAttachment;
  /** In the order of `publish`, with the ports that the host has chosen. */
  readonly published: readonly PublishedPort[];
}

const GATEWAY_MEMORY_BYTES = 64 * 2 ** 20;

/** @throws PublishError when a port is used; then nothing stays open. */
export async function createUserMode<Options extends HostHalOptions>(
  host: UserModeHost<Options>,
  options: Options & UserModeOptions,
): Promise<UserMode> {
  const userMode = openUserMode(host, options);
  const published: PublishedPort[] = [];
  try {
    for (const port of options.publish ?? []) published.push(await userMode.gateway.publish(port));
  } catch (error) {
    userMode.gateway.close();
    throw error;
  }
  return { ...userMode, published };
}

/**
 * As `createUserMode`, at once: without `options.publish`, which needs the host's answer.
 *
 * @throws Error when a share or a disk cannot be opened; then nothing stays open.
 */
export function openUserMode<Options extends HostHalOptions>(
  host: UserModeHost<Options>,
  options: Options & UserModeOptions,
): UserMode {
  const limits = { ...GATEWAY_LIMITS, ...options.limits };
  const gatewayBytes = options.gatewayMemoryBytes ?? GATEWAY_MEMORY_BYTES;
  const ringBytes = 2 * limits.deviceQueueBytes;
  const slab = options.slab ?? createSlab(options.memoryBytes + gatewayBytes + ringBytes);
  const lanes = createLanes((callback) => host.setImmediate(callback));
  const schedule = options.schedule ?? lanes.application;
  const gatewaySchedule = options.schedule ?? lanes.gateway;
  // The gateway's own platform: time, chance and a region of the same slab.
  const own = host.createHal({
    memoryBytes: gatewayBytes,
    slab,
    schedule: gatewaySchedule,
  } as Options);
  const gateway = createGateway(
    {
      slab,
      memory: own.memory,
      clock: own.clock,
      timer: own.timer,
      entropy: own.entropy,
      schedule,
      gatewaySchedule,
      sockets: host.createSockets(options.limits?.host ?? HOST_SOCKET_LIMITS),
    },
    { closesWithDevices: true, ...options },
  );
  try {
    const network = gateway.attach("eth0");
    const hal = host.createHal({
      ...options,
      slab,
      schedule,
      net: [network.device, ...(options.net ?? [])],
    });
    const { closed, counters } = gateway;
    return { hal, closed, gateway, counters, network, published: [] };
  } catch (error) {
    gateway.close();
    throw error;
  }
}
