import type { NetDeviceInfo, NetOffloads } from "../../libos/hal/mod.ts";
import type { Schedule } from "./jobs.ts";
import { slotBytes } from "./receive-ring.ts";

/** The properties of one end of a device pair. */
export interface DevicePairEndOptions {
  /** Default "eth0". */
  readonly name?: string;
  /** 6 bytes; default 02:00:00:00:00:01 for `a` and :02 for `b` (locally administered). */
  readonly hardwareAddress?: Uint8Array;
  /** Instead of the pair's. */
  readonly offloads?: Partial<NetOffloads>;
  /** When this end's handler runs. Instead of the pair's. */
  readonly schedule?: Schedule;
  /**
   * Bytes of the receive ring; default 256 KiB, or 1 MiB where this end offers `largeReceiveBytes`
   * or the other one segmentation. At the bound, `transmit` of the far end returns false.
   */
  readonly ringBytes?: number;
  /** Frames in the receive ring, a power of two; default 1024. At the bound as `ringBytes`. */
  readonly ringFrames?: number;
}

/** How a device pair is made. */
export interface DevicePairOptions {
  /** When handlers run: each as a job on an empty stack. */
  readonly schedule: Schedule;
  /** 68 .. 65,535; default 1500. */
  readonly mtuBytes?: number;
  /** What both ends offer; default nothing. `largeReceiveBytes` asks for `receiveChecksum`. */
  readonly offloads?: Partial<NetOffloads>;
  readonly a?: DevicePairEndOptions;
  readonly b?: DevicePairEndOptions;
}

type EndName = "a" | "b";

const ETHERNET_BYTES = 14;
const NO_OFFLOADS: NetOffloads = {
  transmitChecksum: false,
  tcp4SegmentationBytes: 0,
  receiveChecksum: false,
  largeReceiveBytes: 0,
};

function endOffloads(options: DevicePairOptions, name: EndName): NetOffloads {
  return { ...NO_OFFLOADS, ...options.offloads, ...options[name]?.offloads };
}

/** The `info` of one end. @throws RangeError for properties that no device can have. */
export function endInfo(
  options: DevicePairOptions,
  name: EndName,
  transmitQueueFrames: number,
): NetDeviceInfo {
  const mtuBytes = options.mtuBytes ?? 1500;
  const offloads = endOffloads(options, name);
  const { tcp4SegmentationBytes, largeReceiveBytes } = offloads;
  if (!(mtuBytes >= 68 && mtuBytes <= 65_535)) throw new RangeError(`an MTU of ${mtuBytes} bytes`);
  if (!(tcp4SegmentationBytes >= 0 && tcp4SegmentationBytes <= 65_535)) {
    throw new RangeError(`segmentation of ${tcp4SegmentationBytes} bytes: 65,535 are the most`);
  }
  if (largeReceiveBytes > 0 && !offloads.receiveChecksum) {
    throw new RangeError("large receive without receiveChecksum: joined frames have no checksum");
  }
  const last = name === "a" ? 1 : 2;
  return {
    name: options[name]?.name ?? "eth0",
    hardwareAddress: options[name]?.hardwareAddress ?? Uint8Array.of(2, 0, 0, 0, 0, last),
    mtuBytes,
    transmitQueueFrames,
    offloads,
  };
}

/** The size of one end's receive ring. @throws RangeError when the largest frame does not fit. */
export function ringLimits(
  options: DevicePairOptions,
  name: EndName,
): { readonly bytes: number; readonly frames: number } {
  const ownOptions = options[name];
  const peerOffloads = endOffloads(options, name === "a" ? "b" : "a");
  const isLarge =
    peerOffloads.tcp4SegmentationBytes > 0 || endOffloads(options, name).largeReceiveBytes > 0;
  const bytes = ownOptions?.ringBytes ?? (isLarge ? 2 ** 20 : 2 ** 18);
  const frames = ownOptions?.ringFrames ?? 1024;
  if (!(frames >= 1 && Number.isInteger(Math.log2(frames)))) {
    throw new RangeError(`a ring of ${frames} frames: a power of two is needed`);
  }
  // A frame that is cut into segments of 536 bytes, the smallest that hosts use, grows by a tenth.
  const packet = Math.max(options.mtuBytes ?? 1500, peerOffloads.tcp4SegmentationBytes * 1.25);
  const least = slotBytes(Math.ceil(packet) + ETHERNET_BYTES);
  if (bytes < least) {
    throw new RangeError(`a ring of ${bytes} bytes: the largest frame needs ${least}`);
  }
  return { bytes, frames };
}
