/** One network card on an emulated machine, whose frames a test sends and collects. */
import {
  createVirtioNet,
  severalPairs,
  VIRTIO_NET_LIMITS,
  type VirtioNet,
  type VirtioNetLimits,
} from "../../components/virtio-net/mod.ts";
import { findVirtioDevices, VIRTIO_LIMITS } from "../../components/virtio/mod.ts";
import { createSimulation, type Simulation } from "../../host-adapters/sim/mod.ts";
import { type AttachOptions, createEmulatedMachine, type EmulatedMachine } from "./machine.ts";
import { needsOf } from "./machine-system.ts";
import { NetModel, type NetModelOptions } from "./virtio/net-model.ts";
import type { CableFrame } from "./virtio/segments.ts";

export interface Received {
  readonly bytes: Uint8Array;
  readonly checksumValid: boolean;
  readonly segmentBytes: number;
}

export interface NetBench {
  readonly world: Simulation;
  readonly emulated: EmulatedMachine;
  readonly model: NetModel;
  readonly net: VirtioNet;
  /** Frames that were received, in order. */
  readonly received: Received[];
  /** Lines for persons. */
  readonly reports: string[];
}

export interface NetBenchOptions {
  /** Runs before the driver does. */
  readonly change?: (model: NetModel, emulated: EmulatedMachine) => void;
  readonly attachment?: Partial<AttachOptions>;
  /** Absent: the driver knows one pair only. */
  readonly queuePairs?: number;
}

/** @throws DeviceError when the driver refuses the card. */
export function startNet(
  options: NetModelOptions = {},
  limits: Partial<VirtioNetLimits> = {},
  { change, attachment, queuePairs }: NetBenchOptions = {},
): NetBench {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world });
  const model = new NetModel(options);
  change?.(model, emulated);
  emulated.attach(model, { bus: "pci", ...attachment });
  const [transport] = findVirtioDevices(emulated.machine);
  const reports: string[] = [];
  const needs = { ...needsOf(emulated), report: (line: string) => void reports.push(line) };
  const net = createVirtioNet(
    transport!,
    needs,
    "eth0",
    { ...VIRTIO_NET_LIMITS, ...limits },
    { ...VIRTIO_LIMITS, waitUs: 2000 },
    queuePairs === undefined ? undefined : severalPairs({ queuePairs }),
  );
  const received: Received[] = [];
  net.onReady(() => {
    net.receive((offset, length, { checksumValid, segmentBytes }) => {
      const bytes = emulated.memory.bytes.slice(offset, offset + length);
      received.push({ bytes, checksumValid, segmentBytes });
    }, 1000);
  });
  return { world, emulated, model, net, received, reports };
}

/** A frame on the cable; with `segmentBytes` one of several segments. */
export function frameOf(length: number, segmentBytes = 0): CableFrame {
  return {
    bytes: new Uint8Array(length).map((_, index) => index * 7),
    checksumStart: segmentBytes > 0 ? 34 : -1,
    checksumOffset: 16,
    segmentBytes,
    headerBytes: 54,
  };
}
