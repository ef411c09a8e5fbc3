/**
 * The HAL contract suite for network devices inside the image, on the machine's own two cards, which
 * QEMU connects: each test opens both afresh. `pairs=N` on the command line takes several queue pairs,
 * and then flows are sent through them; `offloads` says that the cards offer offloads.
 */
import { NET_FEATURE } from "../../../components/virtio-net/wire.ts";
import {
  createVirtioNet,
  severalPairs,
  VIRTIO_NET_LIMITS,
  type VirtioNet,
} from "../../../components/virtio-net/mod.ts";
import { findVirtioDevices, type VirtioTransport } from "../../../components/virtio/mod.ts";
import type { Mmio, NetOffloads, PacketMemory } from "../../../libos/hal/mod.ts";
import { handlerContract } from "../../contract/handlers.ts";
import type { ContractPart, NetEnd } from "../../contract/harness.ts";
import { netDeviceContract } from "../../contract/net-device.ts";
import { netLimitsContract } from "../../contract/net-limits.ts";
import { netOffloadsContract } from "../../contract/net-offloads.ts";
import { netFlows } from "./flows.ts";
import { openImage } from "./image.ts";
import { ReusedInterrupts } from "./interrupts.ts";
import { runContract } from "./run-contract.ts";

const image = openImage();
const { bareMetal, print, native } = image;
const { commandLine } = bareMetal.machine.firmware;
const queuePairs = Number(/(?:^| )pairs=(\d+)/.exec(commandLine)?.[1] ?? 1);
const hasOffloads = / offloads(?: |$)/.test(` ${commandLine}`);
const interrupts = new ReusedInterrupts(bareMetal.machine.interrupts);
const machine = { ...bareMetal.machine, interrupts, mmio: mappedOnce(bareMetal.machine.mmio) };
const LIMITS = { ...VIRTIO_NET_LIMITS, receiveBuffers: 64, transmitFrames: 64 };

/** Drivers that are opened again get the same mapping: the kernel has a bound for them. */
function mappedOnce(mmio: Mmio): Mmio {
  const bases = new Map<string, number>();
  return {
    ...mmio,
    map(address, length) {
      const key = `${address} ${length}`;
      const base = bases.get(key) ?? mmio.map(address, length);
      bases.set(key, base);
      return base;
    },
  };
}

/** Each card has its half of the region, as systems have that are not one. */
function half(memory: PacketMemory, which: 0 | 1): PacketMemory {
  const regionBytes = Math.floor(memory.regionBytes / 8192) * 4096;
  return { ...memory, regionBytes, regionOffset: memory.regionOffset + which * regionBytes };
}

/** Hides the offloads that a test does not ask for. */
function offer(transport: VirtioTransport, asked: Partial<NetOffloads>): VirtioTransport {
  const bits: readonly (readonly [bit: number, isAsked: boolean])[] = [
    [NET_FEATURE.CSUM_BIT, asked.transmitChecksum ?? false],
    [NET_FEATURE.HOST_TSO4_BIT, (asked.tcp4SegmentationBytes ?? 0) > 0],
    [NET_FEATURE.GUEST_CSUM_BIT, asked.receiveChecksum ?? false],
    [NET_FEATURE.GUEST_TSO4_BIT, (asked.largeReceiveBytes ?? 0) > 0],
  ];
  const hidden = bits.reduce((mask, [bit, isAsked]) => (isAsked ? mask : mask | (1 << bit)), 0);
  const readFeatures = (word: number): number =>
    word === 0 ? (transport.readFeatures(0) & ~hidden) >>> 0 : transport.readFeatures(word);
  return new Proxy(transport, {
    get(target, key: keyof VirtioTransport) {
      if (key === "readFeatures") return readFeatures;
      const value: unknown = target[key];
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}

let cards: VirtioNet[] = [];

function open(offloads: Partial<NetOffloads>): { near: NetEnd; far: NetEnd } {
  interrupts.rewind();
  cards = findVirtioDevices(machine, print).map((transport, index) =>
    createVirtioNet(
      offer(transport, offloads),
      { ...bareMetal, machine, report: print },
      `eth${index}`,
      LIMITS,
      undefined,
      severalPairs({ queuePairs }),
    ),
  );
  const [near, far] = cards as [VirtioNet, VirtioNet];
  return {
    near: { device: near, memory: half(bareMetal.memory, 0) },
    far: { device: far, memory: half(bareMetal.memory, 1) },
  };
}

function close(): void {
  for (const card of cards) {
    if (card.failure !== undefined) throw new Error(`${card.info.name}: ${card.failure}`);
    card.close();
  }
}

/** Of the rules for handlers, what needs no console and no button. */
const handlerRules: ContractPart = (harness, test) =>
  handlerContract(harness, (name, run) => name.includes("promise") && test(name, run));
const parts: ContractPart[] = [netDeviceContract, netLimitsContract, handlerRules];
if (hasOffloads) parts.push(netOffloadsContract);
if (queuePairs > 1) parts.push(netFlows(queuePairs, interrupts));
const failed = await runContract(parts, { ...image, devices: ["net"], fresh: { open, close } });
native.power.off(failed === 0 ? 0 : 2);
