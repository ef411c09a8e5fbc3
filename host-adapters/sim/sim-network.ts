/**
 * A simulated network: a switch with any number of ports, and faults on every path between two.
 *
 * A frame passes, in this order: the device's own queue (`sim-port.ts`), the partition, loss,
 * duplication, the output queue at the link's rate (a frame that does not fit is dropped, as in a
 * router), delay and jitter, corruption. Each path from one port to another has a random stream of
 * its own and draws the same numbers for every frame, so that neither another system nor a changed
 * rate shifts what happens elsewhere.
 */
import type { NetOffloads } from "../../libos/hal/mod.ts";
import type { Random } from "../shared/random.ts";
import type { Slab } from "../shared/slab.ts";
import { createSimPort, type PortOptions, portBytes, type SimPort } from "./sim-port.ts";
import { hashBytes } from "./world-trace.ts";
import type { World } from "./world.ts";

/** What goes wrong, and how slowly things go right. Rates are probabilities for each frame. */
export interface NetworkFaults {
  /** One way, without the time on the wire. Default 100. */
  readonly delayUs: number;
  /** Up to this much more delay, evenly; frames of one path stay in order. Default 0. */
  readonly jitterUs: number;
  readonly lossRate: number;
  /** A frame arrives twice. */
  readonly duplicateRate: number;
  /** A frame is overtaken by those behind it: it waits up to `reorderUs` more. */
  readonly reorderRate: number;
  /** Default: twice `delayUs`, at least 1000. */
  readonly reorderUs: number;
  /**
   * One bit behind the Ethernet header is flipped. Frames without IP are lost instead: what has no
   * checksum of its own is protected by the frame check sequence, and IP is not, inside of routers.
   */
  readonly corruptRate: number;
  /** Of each port's output; default Infinity. */
  readonly rateBitsPerSecond: number;
  /** Frames that wait for one port's output; at the bound a frame is dropped. Default 256 KiB. */
  readonly queueBytes: number;
}

/** How a network is made. */
export interface SimNetworkOptions extends Partial<NetworkFaults> {
  /** Names it in traces and random streams; default "net0", "net1", … */
  readonly name?: string;
  /** 68 .. 65,535; default 1500. */
  readonly mtuBytes?: number;
  /** What the devices offer; default nothing. */
  readonly offloads?: Partial<NetOffloads>;
  /** Sees each frame as its device sends it, before any fault: for a capture. */
  readonly observe?: (timeUs: number, from: string, frame: Uint8Array) => void;
}

/** What has happened in a network, in frames. */
export interface SimNetworkCounters {
  sent: number;
  delivered: number;
  lost: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  /** Dropped at a full output queue. */
  queueDrops: number;
  /** Held back by a partition. */
  partitioned: number;
}

/** A network of a world. */
export interface SimNetwork {
  readonly name: string;
  readonly mtuBytes: number;
  readonly counters: Readonly<SimNetworkCounters>;
  /** Changes what goes wrong, for frames sent from now on. */
  setFaults(faults: Partial<NetworkFaults>): void;
  /**
   * Lets frames pass only inside of each group of systems, by their names; systems that are in no
   * group are one more group. Frames that are under way arrive.
   */
  partition(groups: readonly (readonly string[])[]): void;
  /** Ends the partition. */
  heal(): void;
  /** Plugs the cable of a system in or out; its device announces the change. */
  setLink(system: string, isUp: boolean): void;
  /** Adds a port; `createHal` calls it. `slab` has room for `portBytes(options)`. */
  attach(slab: Slab, system: string, options: PortOptions): SimPort;
  portBytes(options: PortOptions): number;
}

/** The most hardware addresses that the switch remembers; a frame to any other goes to all ports. */
const MAX_ADDRESSES = 4096;

const NO_FAULTS: NetworkFaults = {
  delayUs: 100,
  jitterUs: 0,
  lossRate: 0,
  duplicateRate: 0,
  reorderRate: 0,
  reorderUs: 0,
  corruptRate: 0,
  rateBitsPerSecond: Infinity,
  queueBytes: 2 ** 18,
};

const NO_OFFLOADS: NetOffloads = {
  transmitChecksum: false,
  tcp4SegmentationBytes: 0,
  receiveChecksum: false,
  largeReceiveBytes: 0,
};

/** One direction between two ports. */
interface Path {
  readonly random: Random;
  /** When the last frame that was not reordered arrives. */
  lastUs: number;
}

class Switch implements SimNetwork {
  readonly name: string;
  readonly mtuBytes: number;
  readonly counters: SimNetworkCounters = {
    sent: 0,
    delivered: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    queueDrops: 0,
    partitioned: 0,
  };
  readonly #world: World;
  readonly #options: SimNetworkOptions;
  readonly #ports: SimPort[] = [];
  readonly #paths = new Map<SimPort, Map<SimPort, Path>>();
  readonly #portOfAddress = new Map<number, SimPort>();
  /** Until when each port's output is busy, in fractions of microseconds. */
  readonly #busyUntilUs = new Map<SimPort, number>();
  #faults: NetworkFaults;
  #groupOf: Map<string, number> | undefined;

  constructor(world: World, options: SimNetworkOptions & { readonly name: string }) {
    this.#world = world;
    this.#options = options;
    this.name = options.name;
    this.mtuBytes = options.mtuBytes ?? 1500;
    this.#faults = withDefaults(NO_FAULTS, options);
  }

  setFaults(faults: Partial<NetworkFaults>): void {
    this.#faults = withDefaults(this.#faults, faults);
  }

  partition(groups: readonly (readonly string[])[]): void {
    this.#groupOf = new Map(groups.flatMap((group, index) => group.map((name) => [name, index])));
    this.#world.trace(this.name, "partition", { groups: groups.map((g) => g.join("+")).join("|") });
  }

  heal(): void {
    this.#groupOf = undefined;
    this.#world.trace(this.name, "heal", {});
  }

  setLink(system: string, isUp: boolean): void {
    for (const port of this.#ports) if (port.system === system) port.setLink(isUp);
  }

  attach(slab: Slab, system: string, options: PortOptions): SimPort {
    const index = this.#ports.length + 1;
    const port = createSimPort(this.#world, slab, system, {
      hardwareAddress: Uint8Array.of(2, 0, 0, 0, index >> 8, index),
      ...options,
      mtuBytes: this.mtuBytes,
      offloads: { ...NO_OFFLOADS, ...this.#options.offloads, ...options.offloads },
      send: (from, frame, segmentBytes, checksumValid) =>
        this.#send(from, frame, segmentBytes, checksumValid),
      joinedBytes: this.#options.offloads?.largeReceiveBytes ?? 0,
    });
    this.#ports.push(port);
    return port;
  }

  portBytes(options: PortOptions): number {
    const offloads = { ...NO_OFFLOADS, ...this.#options.offloads, ...options.offloads };
    return portBytes(this.mtuBytes, offloads, options);
  }

  #send(from: SimPort, frame: Uint8Array, segmentBytes: number, checksumValid: boolean): void {
    this.counters.sent++;
    this.#options.observe?.(this.#world.nowUs, from.name, frame);
    if (this.#world.isTracing) {
      const values = { bytes: frame.length, segment: segmentBytes, hash: hashBytes(frame) };
      this.#world.trace(from.name, "transmit", values);
    }
    this.#learn(address(frame, 6), from);
    const target = this.#portOfAddress.get(address(frame, 0));
    if (target !== undefined) {
      if (target !== from) this.#pass(from, target, frame, segmentBytes, checksumValid);
      return;
    }
    for (const port of this.#ports) {
      if (port !== from) this.#pass(from, port, frame, segmentBytes, checksumValid);
    }
  }

  /** One frame on one path, with everything that can happen to it. */
  #pass(from: SimPort, to: SimPort, frame: Uint8Array, segment: number, valid: boolean): void {
    const path = this.#path(from, to);
    const { random } = path;
    const faults = this.#faults;
    const isLost = random.chance(faults.lossRate);
    const isDuplicated = random.chance(faults.duplicateRate);
    const isCorrupted = random.chance(faults.corruptRate);
    const corruptBit = random.u32();
    const isReordered = random.chance(faults.reorderRate);
    const reorderPart = random.unit();
    const jitterUs = random.unit() * faults.jitterUs;
    if (this.#groupOf !== undefined) {
      if (this.#groupOf.get(from.system) !== this.#groupOf.get(to.system)) {
        this.counters.partitioned++;
        return;
      }
    }
    if (isLost || (isCorrupted && !isIp(frame))) {
      this.counters.lost++;
      this.#world.trace(to.name, "lost", { bytes: frame.length });
      return;
    }
    const outUs = this.#takeOutput(to, frame.length);
    if (outUs < 0) {
      this.counters.queueDrops++;
      this.#world.trace(to.name, "queue-drop", { bytes: frame.length });
      return;
    }
    let arrivalUs = Math.max(path.lastUs, Math.ceil(outUs + faults.delayUs + jitterUs));
    if (isReordered) {
      this.counters.reordered++;
      const reorderUs = faults.reorderUs > 0 ? faults.reorderUs : reorderDefault(faults);
      arrivalUs += 1 + Math.floor(reorderPart * reorderUs);
    } else {
      path.lastUs = arrivalUs;
    }
    const damaged = isCorrupted ? this.#corrupt(frame, corruptBit) : frame;
    this.#arrive(arrivalUs, to, damaged, segment, valid && !isCorrupted);
    if (isDuplicated) {
      this.counters.duplicated++;
      this.#arrive(arrivalUs, to, damaged, segment, valid && !isCorrupted);
    }
  }

  /** @returns When the frame has left the output, or -1 when its queue is full. */
  #takeOutput(to: SimPort, bytes: number): number {
    const { nowUs } = this.#world;
    const { rateBitsPerSecond, queueBytes } = this.#faults;
    if (rateBitsPerSecond === Infinity) return nowUs;
    const busyUntilUs = Math.max(this.#busyUntilUs.get(to) ?? 0, nowUs);
    const waitingBytes = ((busyUntilUs - nowUs) * rateBitsPerSecond) / 8e6;
    if (waitingBytes + bytes > queueBytes) return -1;
    const outUs = busyUntilUs + (bytes * 8e6) / rateBitsPerSecond;
    this.#busyUntilUs.set(to, outUs);
    return outUs;
  }

  #arrive(atUs: number, to: SimPort, frame: Uint8Array, segment: number, valid: boolean): void {
    this.#world.at(atUs, {
      isHandler: false,
      run: () => {
        if (to.deliver(frame, segment, valid)) this.counters.delivered++;
      },
    });
  }

  #corrupt(frame: Uint8Array, random: number): Uint8Array {
    this.counters.corrupted++;
    const damaged = frame.slice();
    const bit = random % ((frame.length - 14) * 8);
    damaged[14 + (bit >> 3)]! ^= 1 << (bit & 7);
    return damaged;
  }

  #learn(source: number, port: SimPort): void {
    // The address in the first byte's lowest bit is a group's, which nobody sends from.
    if (Math.floor(source / 2 ** 40) % 2 === 1) return;
    if (this.#portOfAddress.size < MAX_ADDRESSES || this.#portOfAddress.has(source)) {
      this.#portOfAddress.set(source, port);
    }
  }

  #path(from: SimPort, to: SimPort): Path {
    return this.#paths.get(from)?.get(to) ?? this.#openPath(from, to);
  }

  #openPath(from: SimPort, to: SimPort): Path {
    const random = this.#world.random(`${this.name}.${from.name}>${to.name}`);
    const path = { random, lastUs: 0 };
    let paths = this.#paths.get(from);
    if (paths === undefined) {
      paths = new Map();
      this.#paths.set(from, paths);
    }
    paths.set(to, path);
    return path;
  }
}

/** The hardware address at `offset` as a number of 48 bits. */
function address(frame: Uint8Array, offset: number): number {
  let value = 0;
  for (let index = 0; index < 6; index++) value = value * 256 + frame[offset + index]!;
  return value;
}

function isIp(frame: Uint8Array): boolean {
  const type = (frame[12]! << 8) | frame[13]!;
  return (type === 0x0800 || type === 0x86dd) && frame.length > 14;
}

function reorderDefault(faults: NetworkFaults): number {
  return Math.max(1000, 2 * faults.delayUs);
}

function withDefaults(base: NetworkFaults, changes: Partial<NetworkFaults>): NetworkFaults {
  const faults: Record<string, number> = { ...base };
  for (const name of Object.keys(base) as (keyof NetworkFaults)[]) {
    const value = changes[name];
    if (value !== undefined) faults[name] = value;
  }
  return faults as unknown as NetworkFaults;
}

/** Makes an empty network. */
export function createSimNetwork(
  world: World,
  options: SimNetworkOptions & { readonly name: string },
): SimNetwork {
  return new Switch(world, options);
}
