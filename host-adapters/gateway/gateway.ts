/**
 * The user-mode gateway: an application's own TCP/IP stack meets the host's sockets.
 *
 * README.md follows one flow through these files. What always holds: the gateway runs on a kernel
 * of its own, whose turns are jobs of the host; it never runs inside a call of the application, and
 * the application's handlers are called only as jobs of `schedule`.
 */
import { type MacAddress, readMac, writeMac } from "../../components/ethernet/mod.ts";
import type { Address } from "../../components/ip/mod.ts";
import { formatIpv4, inPrefix } from "../../components/ipv4/mod.ts";
import type { Clock, Entropy, NetDevice, PacketMemory, Timer } from "../../libos/hal/mod.ts";
import { readU32 } from "../../libos/kernel/mod.ts";
import { createDevicePair, type DevicePairEnd, type Schedule, type Slab } from "../shared/mod.ts";
import { createGatewayCounters, type GatewayCounters } from "./counters.ts";
import { createGatewayHal } from "./gateway-hal.ts";
import type { HostSockets } from "./host-sockets.ts";
import { GATEWAY_LIMITS, type GatewayLimits } from "./limits.ts";
import {
  createGatewayNetwork,
  type GatewayNetwork,
  type GatewayNetworkOptions,
} from "./network.ts";
import {
  type PublishedPort,
  type PublishNeeds,
  type PublishOptions,
  publishPort,
} from "./publish.ts";
import { createServices, type Services } from "./services.ts";
import { createGatewayStack, type GatewayStack } from "./stack.ts";
import { Switch } from "./switch.ts";

/** What a gateway is made from. */
export interface GatewayNeeds {
  /** Where the applications' packet memory lies; the devices' rings are taken from it. */
  readonly slab: Slab;
  /** A region of the slab for the gateway's own stack: its size bounds what flows may hold. */
  readonly memory: PacketMemory;
  readonly clock: Clock;
  /** An alarm for the gateway alone. */
  readonly timer: Timer;
  readonly entropy: Entropy;
  /** When handlers of the systems' devices run. */
  readonly schedule: Schedule;
  /** When the gateway's own work runs; default as `schedule`. See `lanes.ts`. */
  readonly gatewaySchedule?: Schedule;
  /** The host's sockets; the gateway closes them. */
  readonly sockets: HostSockets;
}

/** How a gateway behaves. */
export interface GatewayOptions extends GatewayNetworkOptions {
  /** The devices' MTU, 576 .. 65,535. Default 1500. Segments of TCP travel whole in any case. */
  readonly mtuBytes?: number;
  /**
   * True: the gateway closes itself after the last system's device has been closed, and the host
   * has taken what the systems had sent and ended; at most ten seconds later.
   */
  readonly closesWithDevices?: boolean;
  readonly limits?: Partial<GatewayLimits>;
}

/** One system's place on the gateway's network. */
export interface GatewayAttachment {
  /** The device for the system's `Hal`. */
  readonly device: NetDevice;
  /** What DHCP will tell this device. */
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly nameServer: string;
}

/** A gateway. */
export interface Gateway {
  readonly network: GatewayNetwork;
  readonly limits: GatewayLimits;
  readonly counters: Readonly<GatewayCounters>;
  /** The gateway's own stack, for dashboards and tests. */
  readonly stack: GatewayStack;
  /**
   * Plugs one more system in.
   *
   * @param name The device's name, as the system sees it: "eth0".
   * @throws RangeError at `limits.devices`, or when the slab or the network has no room.
   */
  attach(name: string): GatewayAttachment;
  /** As `attach`, for systems that ask DHCP for the rest. */
  device(name: string): NetDevice;
  /**
   * Opens a port of the host for clients of a system.
   *
   * @throws PublishError (one line that says what to do) when the host refuses.
   */
  publish(options: PublishOptions): Promise<PublishedPort>;
  /** Resets every flow, closes every socket and listener; no handler is called any more. */
  close(): void;
  /** Resolves when the gateway is closed. */
  readonly closed: Promise<void>;
}

/** Segments travel whole, and nobody computes checksums: no byte leaves this process's memory. */
const OFFLOADS = {
  transmitChecksum: true,
  tcp4SegmentationBytes: 65_535,
  receiveChecksum: true,
  largeReceiveBytes: 65_535,
} as const;

/** How long a host may take for the last bytes of systems that are gone. */
const LINGER_US = 10_000_000;

/** A locally administered hardware address that says which IP address it has. */
function macFor(address: Address): Uint8Array {
  const mac = new Uint8Array(6);
  writeMac(mac, 0, 0x0200_0000_0000 + address);
  return mac;
}

class UserGateway implements Gateway {
  readonly network: GatewayNetwork;
  readonly limits: GatewayLimits;
  readonly counters: GatewayCounters = createGatewayCounters();
  readonly stack: GatewayStack;
  readonly #needs: GatewayNeeds;
  readonly #mtuBytes: number;
  readonly #switch: Switch;
  readonly #ends: DevicePairEnd[] = [];
  readonly #addresses: Map<MacAddress, Address> = new Map();
  readonly #publishNeeds: PublishNeeds;
  readonly #published: Set<PublishedPort> = new Set();
  readonly #services: Services;
  readonly #closed = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(needs: GatewayNeeds, options: GatewayOptions) {
    const { memory, sockets, entropy } = needs;
    this.#needs = needs;
    this.#mtuBytes = options.mtuBytes ?? 1500;
    this.network = createGatewayNetwork(options);
    this.limits = { ...GATEWAY_LIMITS, ...options.limits };
    const { network, limits, counters } = this;
    this.#switch = new Switch(
      {
        name: "gateway",
        hardwareAddress: macFor(network.gateway),
        mtuBytes: this.#mtuBytes,
        transmitQueueFrames: limits.deviceQueueFrames,
        offloads: OFFLOADS,
      },
      memory.bytes,
      () => {
        if (options.closesWithDevices === true) this.stack.kernel.defer(() => this.#finish());
      },
    );
    const hal = createGatewayHal({ ...needs, device: this.#switch });
    this.stack = createGatewayStack({ hal, device: this.#switch, sockets, network, limits });
    const { tcp, udp } = this.stack;
    this.#services = createServices({
      stack: this.stack,
      memory: memory.bytes,
      mtuBytes: this.#mtuBytes,
      sockets,
      network,
      limits,
      counters,
      entropy,
      addressOf: (hardware) => this.#addresses.get(hardware),
    });
    const { flows } = this.#services;
    const word = new Uint8Array(4);
    const random = (below: number): number => {
      entropy.fill(word);
      return readU32(word, 0) % below;
    };
    this.#publishNeeds = {
      appAddress: network.firstApplication,
      tcp: { table: flows.tcp, sockets, tcp, network, limits },
      udp: { flows: flows.udp, counters, sockets, udp, network, random },
    };
  }

  attach(name: string): GatewayAttachment {
    const { network, limits } = this;
    const index = this.#ends.length;
    const address = network.firstApplication + index;
    const isHost =
      inPrefix(address, network.network, network.prefixLength) && address !== network.broadcast;
    if (this.#isClosed || index >= limits.devices || !isHost) {
      throw new RangeError(`${name}: the gateway has no room for more than ${index} systems`);
    }
    const hardwareAddress = macFor(address);
    const queue = { ringFrames: limits.deviceQueueFrames, ringBytes: limits.deviceQueueBytes };
    const { slab, schedule, gatewaySchedule = schedule } = this.#needs;
    const pair = createDevicePair(slab, {
      schedule,
      mtuBytes: this.#mtuBytes,
      offloads: OFFLOADS,
      a: { ...queue, name, hardwareAddress },
      b: {
        ...queue,
        name: "gateway",
        hardwareAddress: macFor(network.gateway),
        schedule: gatewaySchedule,
      },
    });
    this.#ends.push(pair.b);
    const mac = readMac(hardwareAddress, 0);
    this.#switch.addPort(pair.b, mac);
    this.#addresses.set(mac, address);
    this.stack.arp.addStatic(address, mac);
    return {
      device: pair.a,
      address: formatIpv4(address),
      prefixLength: network.prefixLength,
      gateway: formatIpv4(network.gateway),
      nameServer: formatIpv4(network.nameServer),
    };
  }

  device(name: string): NetDevice {
    return this.attach(name).device;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async publish(options: PublishOptions): Promise<PublishedPort> {
    const closed = this.#closed.promise.then(() => {
      throw new Error("the gateway is closed: it can publish nothing");
    });
    if (this.#isClosed) return closed;
    const port = await Promise.race([publishPort(this.#publishNeeds, options), closed]);
    this.#published.add(port);
    return port;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#services.stop();
    this.#needs.sockets.close();
    this.stack.stop();
    for (const end of this.#ends) end.close();
    this.#needs.timer.disarm();
    this.#closed.resolve();
  }

  /** The systems are gone; what they had sent goes on to the host, if it takes it in time. */
  #finish(): void {
    if (this.#isClosed) return;
    for (const port of this.#published) port.close();
    const { kernel } = this.stack;
    const close = (): void => kernel.defer(() => this.close());
    kernel.timers.create(close, undefined).set(kernel.nowUs() + LINGER_US);
    this.#services.finish(close);
  }
}

/** Makes a gateway; nothing is open before `attach` and `publish`. */
export function createGateway(needs: GatewayNeeds, options: GatewayOptions = {}): Gateway {
  return new UserGateway(needs, options);
}
