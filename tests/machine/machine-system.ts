/**
 * A system whose network and disks are virtio devices of an emulated machine. Everything else of its
 * platform is the simulator's.
 */
import { createVirtioBlk, type VirtioBlk } from "../../components/virtio-blk/mod.ts";
import { createVirtioNet, severalPairs, type VirtioNet } from "../../components/virtio-net/mod.ts";
import { type DriverNeeds, findVirtioDevices } from "../../components/virtio/mod.ts";
import type { SimHal, Simulation } from "../../host-adapters/sim/mod.ts";
import type { Hal } from "../../libos/hal/mod.ts";
import { type AttachOptions, createEmulatedMachine, type EmulatedMachine } from "./machine.ts";
import type { BlockModel } from "./virtio/block-model.ts";
import type { NetModel } from "./virtio/net-model.ts";

export interface MachineSystemOptions {
  readonly name: string;
  readonly seed: number;
  readonly net: NetModel;
  readonly disks?: readonly BlockModel[];
  readonly attachment?: AttachOptions;
  readonly pci?: "ecam" | "ports" | "none";
  readonly memoryBytes?: number;
  /** Of the network device, where it offers them; default 1. */
  readonly queuePairs?: number;
}

export interface MachineSystem {
  readonly emulated: EmulatedMachine;
  readonly net: NetModel;
  readonly device: VirtioNet;
  readonly blocks: readonly VirtioBlk[];
  readonly platform: SimHal;
  readonly hal: Hal;
  /** Why devices were given up. */
  failures(): string[];
}

/** @returns What drivers need of an emulated machine. */
export function needsOf(emulated: EmulatedMachine): DriverNeeds {
  const { machine, memory, clock, schedule } = emulated;
  return { machine, memory, clock, schedule };
}

/** Makes the machine, finds its devices, and drives them. */
export function startMachine(world: Simulation, options: MachineSystemOptions): MachineSystem {
  const { name, seed, net, disks = [], attachment = { bus: "pci" } } = options;
  const emulated = createEmulatedMachine({
    world,
    seed,
    dmaBytes: 2 ** 21,
    memoryBytes: options.memoryBytes ?? 2 ** 21,
    pci: options.pci ?? "ecam",
  });
  for (const model of [net, ...disks]) emulated.attach(model, attachment);
  const [netTransport, ...diskTransports] = findVirtioDevices(emulated.machine);
  const needs = needsOf(emulated);
  const multiqueue = severalPairs({ queuePairs: options.queuePairs ?? 1 });
  const device = createVirtioNet(netTransport!, needs, "eth0", undefined, undefined, multiqueue);
  const blocks = diskTransports.map((transport, index) =>
    createVirtioBlk(transport, needs, `disk${index}`),
  );
  const platform = world.createHal({ name, memoryBytes: 4096 });
  let isOpen = true;
  const close = (): void => {
    if (!isOpen) return;
    isOpen = false;
    platform.close();
    device.close();
    for (const block of blocks) block.close();
    if (emulated.dma.usedBytes > 0) emulated.violations.push("memory for DMA is left over");
  };
  const power = {
    off(code: number): void {
      platform.power.off(code);
      close();
    },
    reset(): void {
      platform.power.reset();
      close();
    },
    onRequest: (handler: () => void) => platform.power.onRequest(handler),
  };
  const { clock, timer, entropy, console } = platform;
  const hal: Hal = {
    platform: platform.platform,
    memory: emulated.memory,
    ...{ clock, timer, entropy, console, power },
    net: [device],
    block: blocks,
    shares: [],
    close,
  };
  const failures = (): string[] =>
    [device, ...blocks].flatMap(({ info, failure }) =>
      failure === undefined ? [] : [`${info.name}: ${failure}`],
    );
  return { emulated, net, device, blocks, platform, hal, failures };
}
