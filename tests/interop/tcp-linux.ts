/**
 * Our stack on a cable to Linux's own: a TAP in an unprivileged network namespace, whose frames come
 * over pipes of a small Python program. Frames may get lost on the way, by a seed.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createArp } from "../../components/arp/mod.ts";
import { createEthernet } from "../../components/ethernet/mod.ts";
import { createIpv4, parseCidr } from "../../components/ipv4/mod.ts";
import { createTcp, type TcpComponent } from "../../components/tcp/mod.ts";
import { createNodeHal } from "../../host-adapters/node/mod.ts";
import { createRandom, createSlab, type Random } from "../../host-adapters/shared/mod.ts";
import type {
  AcceptFrame,
  NetDevice,
  NetDeviceInfo,
  PacketMemory,
  ReceiveOffload,
  TransmitFrame,
} from "../../libos/hal/mod.ts";
import { createKernel } from "../../libos/kernel/mod.ts";

const SCRIPT = fileURLToPath(new URL("./tcp-linux.py", import.meta.url));
const SLAB_BYTES = 2 ** 25;
const REGION_BYTES = 2 ** 24;
const FRAME_BYTES = 4096;

/** What the Python side says. */
export interface LinuxEvent {
  readonly event: "ready" | "echoed" | "refused";
  readonly same?: boolean;
  readonly name?: string;
}

export interface LinuxPeer {
  readonly tcp: TcpComponent;
  readonly memory: PacketMemory;
  /** The next event of the Python side with this name. */
  event(name: LinuxEvent["event"]): Promise<LinuxEvent>;
  close(): void;
}

class PipeDevice implements NetDevice {
  readonly info: NetDeviceInfo = {
    name: "tap0",
    hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, 9),
    mtuBytes: 1500,
    transmitQueueFrames: 1024,
    offloads: {
      transmitChecksum: false,
      tcp4SegmentationBytes: 0,
      receiveChecksum: false,
      largeReceiveBytes: 0,
    },
  };
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #memory: PacketMemory;
  readonly #random: Random;
  readonly #lossRate: number;
  readonly #frames: Buffer[] = [];
  readonly #offload: ReceiveOffload = { checksumValid: false, segmentBytes: 0 };
  #rest: Buffer = Buffer.alloc(0);
  #transmitted = 0;
  #handler = (): void => {};

  constructor(child: ChildProcessWithoutNullStreams, memory: PacketMemory, lossRate: number) {
    this.#child = child;
    this.#memory = memory;
    this.#lossRate = lossRate;
    this.#random = createRandom(1, "loss");
    child.stdout.on("data", (bytes: Buffer) => this.#split(bytes));
  }

  receive(accept: AcceptFrame, budget: number): number {
    let count = 0;
    const offset = this.#memory.regionOffset + 2;
    for (; count < budget && this.#frames.length > 0; count++) {
      const frame = this.#frames.shift()!;
      this.#memory.copyIn(offset, frame, 0, frame.length);
      accept(offset, frame.length, this.#offload);
    }
    return count;
  }

  transmit(frame: TransmitFrame): boolean {
    const parts: Uint8Array[] = [];
    for (let part = 0; part < frame.partCount; part++) {
      const offset = frame.partOffset[part]!;
      parts.push(this.#memory.bytes.slice(offset, offset + frame.partLength[part]!));
    }
    this.#transmitted++;
    if (this.#random.chance(this.#lossRate)) return true;
    const bytes = Buffer.concat(parts);
    const head = Buffer.alloc(4);
    head.writeUInt32BE(bytes.length);
    this.#child.stdin.write(Buffer.concat([head, bytes]));
    return true;
  }

  flush(): void {}

  transmitted(): number {
    return this.#transmitted;
  }

  linkUp(): boolean {
    return true;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
  }

  #split(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 4 && this.#rest.length >= 4 + this.#rest.readUInt32BE(0)) {
      const end = 4 + this.#rest.readUInt32BE(0);
      const isLost = this.#random.chance(this.#lossRate);
      if (!isLost && end <= FRAME_BYTES) this.#frames.push(this.#rest.subarray(4, end));
      this.#rest = this.#rest.subarray(end);
    }
    this.#handler();
  }
}

/**
 * Starts Linux's side and ours, at 10.0.0.1.
 *
 * @param lossRate Of frames, in each direction.
 * @param mode "client": Linux connects to our port 7 by itself.
 * @returns Undefined where namespaces, the TAP or Python are not to be had.
 */
export async function connectLinux(
  lossRate: number,
  mode: "client" | "server",
): Promise<LinuxPeer | undefined> {
  const child = spawn("unshare", ["-Urn", "python3", SCRIPT, mode], { stdio: "pipe" });
  const waiting = new Map<string, (event: LinuxEvent) => void>();
  const seen = new Map<string, LinuxEvent>();
  createInterface({ input: child.stderr }).on("line", (line) => {
    if (!line.startsWith("{")) return;
    const event = JSON.parse(line) as LinuxEvent;
    seen.set(event.event, event);
    waiting.get(event.event)?.(event);
  });
  const slab = createSlab(SLAB_BYTES);
  const region = slab.region(FRAME_BYTES);
  const device = new PipeDevice(child, region, lossRate);
  const hal = createNodeHal({ memoryBytes: REGION_BYTES, slab, net: [device] });
  const { entropy } = hal;
  const kernel = createKernel(hal);
  const ethernet = createEthernet({ device, kernel });
  const arp = createArp({ ethernet, kernel, entropy });
  const ipv4 = createIpv4({ kernel, entropy });
  ipv4.addInterface({ link: arp, ...parseCidr("10.0.0.1/24") });
  const tcp = createTcp({ network: ipv4, kernel, entropy });
  kernel.onFlush(() => tcp.flush());
  kernel.onFlush(() => ethernet.flush());
  hal.hold();
  const peer: LinuxPeer = {
    tcp,
    memory: hal.memory,
    event(name): Promise<LinuxEvent> {
      const known = seen.get(name);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => waiting.set(name, resolve));
    },
    close(): void {
      tcp.stop();
      kernel.stop();
      hal.release();
      hal.close();
      child.stdin.destroy();
      child.kill();
    },
  };
  const isReady = await Promise.race([
    peer.event("ready").then(() => true),
    new Promise<false>((resolve) => {
      child.on("exit", () => resolve(false));
      child.on("error", () => resolve(false));
    }),
  ]);
  if (isReady) return peer;
  peer.close();
  return undefined;
}
