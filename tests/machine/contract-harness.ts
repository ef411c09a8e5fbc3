/**
 * virtio-net and virtio-blk on the emulated machine, under the contract suite. Everything else of the
 * platform is the simulator's.
 */
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import type { NetOffloads } from "../../libos/hal/mod.ts";
import type { ContractHarness, StartOptions, SystemUnderTest } from "../contract/harness.ts";
import { type MachineSystem, startMachine } from "./machine-system.ts";
import { BLOCK_FEATURE, BlockModel } from "./virtio/block-model.ts";
import { NET_FEATURE, NetModel } from "./virtio/net-model.ts";
import { ALL_RING_FEATURES } from "./virtio/virtio-model.ts";

/** How the devices are attached, and what their rings can. */
export interface HarnessVariant {
  readonly name: string;
  readonly bus: "pci" | "mmio";
  readonly ringFeatures: readonly number[];
  readonly hasMsix?: boolean;
  readonly pci?: "ecam" | "ports";
  readonly isMerging?: boolean;
  /** Queue pairs of the network devices; default 1. */
  readonly pairs?: number;
}

const [INDIRECT, EVENT_INDEX, PACKED] = ALL_RING_FEATURES as [number, number, number];

export const VARIANTS: readonly HarnessVariant[] = [
  { name: "machine (pci, split)", bus: "pci", ringFeatures: [INDIRECT, EVENT_INDEX] },
  {
    name: "machine (pci, split, three queue pairs)",
    bus: "pci",
    ringFeatures: [INDIRECT, EVENT_INDEX],
    pairs: 3,
  },
  { name: "machine (pci, packed)", bus: "pci", ringFeatures: [INDIRECT, EVENT_INDEX, PACKED] },
  {
    name: "machine (mmio, split, chains)",
    bus: "mmio",
    ringFeatures: [],
    isMerging: false,
  },
  {
    name: "machine (pci by ports and lines, packed, chains)",
    bus: "pci",
    pci: "ports",
    hasMsix: false,
    ringFeatures: [PACKED],
  },
];

function netFeatures(
  offloads: Partial<NetOffloads> | undefined,
  isMerging: boolean,
): readonly number[] {
  const features: number[] = [NET_FEATURE.MAC, NET_FEATURE.STATUS, NET_FEATURE.MTU];
  if (isMerging) features.push(NET_FEATURE.MRG_RXBUF);
  if (offloads?.transmitChecksum === true) features.push(NET_FEATURE.CSUM);
  if (offloads?.receiveChecksum === true) features.push(NET_FEATURE.GUEST_CSUM);
  if ((offloads?.tcp4SegmentationBytes ?? 0) > 0) features.push(NET_FEATURE.HOST_TSO4);
  if ((offloads?.largeReceiveBytes ?? 0) > 0) features.push(NET_FEATURE.GUEST_TSO4);
  return features;
}

export function machineHarness(variant: HarnessVariant): ContractHarness {
  return {
    name: variant.name,
    devices: ["net", "disk"],
    start: (options) => start(variant, options),
  };
}

async function start(variant: HarnessVariant, options: StartOptions): Promise<SystemUnderTest> {
  const world = createSimulation({ seed: 20_261_201 });
  const { bus, ringFeatures, isMerging = true, pairs = 1 } = variant;
  const attachment = { bus, hasMsix: variant.hasMsix ?? true };
  const features = [...netFeatures(options.offloads, isMerging)];
  if (pairs > 1) features.push(NET_FEATURE.CTRL_VQ, NET_FEATURE.MQ);
  const make = (name: string, last: number, disks: readonly BlockModel[]): MachineSystem => {
    const model = new NetModel({ features, ringFeatures, pairs, mac: [2, 0, 0, 0, 0, last] });
    return startMachine(world, {
      name,
      seed: last,
      net: model,
      disks,
      attachment,
      pci: variant.pci ?? "ecam",
      queuePairs: pairs,
    });
  };
  const disks = [
    new BlockModel({ sectorCount: 64, ringFeatures }),
    new BlockModel({
      sectorCount: 64,
      ringFeatures,
      features: [BLOCK_FEATURE.BLK_SIZE, BLOCK_FEATURE.RO],
    }),
  ];
  const near = make("near", 1, disks);
  const far = make("far", 2, []);
  near.net.connect(far.net);
  return {
    hal: near.hal,
    async until(isDone, limitUs = 10e6) {
      await world.run({ until: isDone, untilUs: world.nowUs + limitUs });
      return isDone();
    },
    console: {
      output: (stream) => near.platform.output(stream),
      type: (bytes) => near.platform.type(bytes),
      endInput: () => near.platform.endInput(),
    },
    power: {
      requestEnd: () => near.platform.requestEnd(),
      exitCode: () => near.platform.exitCode,
    },
    net: {
      near: { device: near.device, memory: near.hal.memory },
      far: { device: far.device, memory: far.hal.memory },
      setLink(isUp) {
        near.net.setLink(isUp);
        far.net.setLink(isUp);
      },
    },
    disk: { device: near.blocks[0]!, readOnly: near.blocks[1]! },
    async end() {
      near.hal.close();
      far.hal.close();
      const found = [...near.emulated.violations, ...far.emulated.violations];
      if (found.length > 0) throw new Error(`the drivers broke the rules: ${found.join("; ")}`);
      const failures = [...near.failures(), ...far.failures()];
      if (failures.length > 0) throw new Error(`devices failed: ${failures.join("; ")}`);
    },
  };
}
