/** One system's platform in a simulated world. */
import type {
  BlockDevice,
  Console,
  Entropy,
  Hal,
  NetDevice,
  NetOffloads,
  PacketMemory,
  Platform,
  Power,
  ShareDevice,
} from "../../libos/hal/mod.ts";
import { createSlab } from "../shared/slab.ts";
import { SimConsole } from "./sim-console.ts";
import type { SimDisk } from "./sim-disk.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimPort } from "./sim-port.ts";
import { SimPower } from "./sim-power.ts";
import { type ClockSkew, SimClock, SimTimer } from "./sim-time.ts";
import type { World } from "./world.ts";

/** A network device of a system: a port of a network. */
export interface SimNetAttachment {
  readonly network: SimNetwork;
  /** Default "eth0", "eth1", … */
  readonly name?: string;
  /** 6 bytes; default 02:00:00:00:00:01 and so on, in the order of attachment. */
  readonly hardwareAddress?: Uint8Array;
  /** Instead of the network's. */
  readonly offloads?: Partial<NetOffloads>;
  /** The rate at which the device takes frames from its queue; default: without limit. */
  readonly rateBitsPerSecond?: number;
  /** Frames between `transmit` and `transmitted`; default 256. At the bound `transmit` refuses. */
  readonly transmitQueueFrames?: number;
  /**
   * Bytes of received frames that nobody has taken yet; default 256 KiB, or 1 MiB with large
   * receive. At the bound a frame is dropped and counted.
   */
  readonly receiveRingBytes?: number;
}

/** How a system's platform is made. */
export interface SimHalOptions extends ClockSkew {
  /** Unique in its world: it names the system in traces, partitions and random streams. */
  readonly name: string;
  /** The region of packet memory; default 16 MiB. */
  readonly memoryBytes?: number;
  readonly net?: readonly (SimNetwork | SimNetAttachment)[];
  readonly block?: readonly SimDisk[];
  /** Shares of simulated folders (`SimFolder.share`), or any others. */
  readonly shares?: readonly (ShareDevice & { dispose?(): void })[];
  /** False: the platform has no source of randomness. Default true. */
  readonly entropy?: boolean;
  /** Bytes of console output that are kept for `output`; the oldest are dropped. Default 1 MiB. */
  readonly consoleBytes?: number;
  /** Called by `power.reset()`, as an event of the world; default: as `power.off(0)`. */
  readonly onReset?: () => void;
}

/** The platform, with what the test sees and does from outside. */
export interface SimHal extends Hal {
  readonly name: string;
  readonly memory: PacketMemory;
  readonly ports: readonly SimPort[];
  /** True after `power.off`, `close` and `powerCut`: no handler is called any more. */
  readonly isOff: boolean;
  /** The exit code, after `power.off`. */
  readonly exitCode: number | undefined;
  /** The kept console output of stream 1 or 2. */
  output(stream: 1 | 2): Uint8Array;
  /** Console input. */
  type(bytes: Uint8Array): void;
  /** Ends the console input. */
  endInput(): void;
  /** The power button: calls the handler of `power.onRequest`. */
  requestEnd(): void;
  /** Lets the wall clock jump. */
  moveWallClock(deltaUs: number): void;
  /**
   * Takes the power away: nothing is flushed, disks lose what was not durable (`SimDisk.crash`), and
   * frames under way in devices are lost.
   */
  powerCut(): void;
}

class SimEntropy implements Entropy {
  readonly available: boolean;
  readonly #world: World;
  readonly #name: string;
  readonly #random;

  constructor(world: World, name: string, isAvailable: boolean) {
    this.available = isAvailable;
    this.#world = world;
    this.#name = name;
    this.#random = world.random(`${name}.entropy`);
  }

  fill(target: Uint8Array): void {
    if (!this.available) throw new Error(`${this.#name} has no source of entropy`);
    this.#random.fill(target);
    if (this.#world.isTracing) this.#world.trace(this.#name, "entropy", { bytes: target.length });
  }
}

class SimulatedHal implements SimHal {
  readonly name: string;
  readonly platform: Platform = { name: "sim", engine: "unknown", arch: "unknown" };
  readonly memory: PacketMemory;
  readonly clock: SimClock;
  readonly timer: SimTimer;
  readonly entropy: Entropy;
  readonly console: Console;
  readonly power: Power;
  readonly net: readonly NetDevice[];
  readonly block: readonly BlockDevice[];
  readonly shares: readonly (ShareDevice & { dispose?(): void })[];
  readonly ports: readonly SimPort[];
  isOff = false;
  readonly #console: SimConsole;
  readonly #power: SimPower;
  readonly #disks: readonly SimDisk[];

  constructor(world: World, options: SimHalOptions) {
    const { name } = options;
    const isOff = (): boolean => this.isOff;
    this.name = name;
    const attachments = (options.net ?? []).map(toAttachment);
    const memoryBytes = options.memoryBytes ?? 16 * 2 ** 20;
    const deviceBytes = attachments.reduce(
      (sum, { network, ...port }) => sum + network.portBytes(port),
      0,
    );
    const slab = createSlab(memoryBytes + deviceBytes);
    this.memory = slab.region(memoryBytes);
    this.ports = attachments.map(({ network, ...port }, index) =>
      network.attach(slab, name, { name: `eth${index}`, ...port }),
    );
    this.net = this.ports.map((port) => port.device);
    this.#disks = options.block ?? [];
    this.block = this.#disks.map((disk) => disk.attach(this.memory, name));
    this.shares = options.shares ?? [];
    this.clock = new SimClock(world, options);
    this.timer = new SimTimer(world, this.clock, name, isOff);
    this.entropy = new SimEntropy(world, name, options.entropy ?? true);
    this.#console = new SimConsole(world, name, options.consoleBytes ?? 2 ** 20, isOff);
    this.console = this.#console;
    const turnOff = (): void => this.close();
    this.#power = new SimPower(world, name, turnOff, isOff, options.onReset);
    this.power = this.#power;
  }

  get exitCode(): number | undefined {
    return this.#power.exitCode;
  }

  output(stream: 1 | 2): Uint8Array {
    return this.#console.output(stream);
  }

  type(bytes: Uint8Array): void {
    this.#console.type(bytes);
  }

  endInput(): void {
    this.#console.endInput();
  }

  requestEnd(): void {
    this.#power.request();
  }

  moveWallClock(deltaUs: number): void {
    this.clock.wallOffsetUs += deltaUs;
  }

  close(): void {
    if (this.isOff) return;
    this.isOff = true;
    for (const port of this.ports) port.detach(true);
    for (const disk of this.#disks) disk.detach();
    for (const share of this.shares) share.dispose?.();
  }

  powerCut(): void {
    if (this.isOff) return;
    this.isOff = true;
    for (const port of this.ports) port.detach(false);
    for (const disk of this.#disks) disk.crash();
    for (const share of this.shares) share.dispose?.();
  }
}

function toAttachment(from: SimNetwork | SimNetAttachment): SimNetAttachment {
  return "network" in from ? from : { network: from };
}

/** Makes the platform of one system. Its clock starts now. */
export function createSimHal(world: World, options: SimHalOptions): SimHal {
  return new SimulatedHal(world, options);
}
