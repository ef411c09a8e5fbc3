import type { NetDeviceInfo, PacketMemory, TransmitFrame } from "../../libos/hal/mod.ts";
import { checkParts } from "./frame-parts.ts";
import { checkHeaders, segmentCount } from "./segment-frame.ts";

const ETHERNET_BYTES = 14;

/**
 * Holds a frame for transmission to what its device offers.
 *
 * @param maxSegments The most frames that one frame may be cut into.
 * @returns Its length in bytes.
 * @throws RangeError that names the device and the limit: a bug of the caller.
 */
export function checkFrame(
  info: NetDeviceInfo,
  memory: PacketMemory,
  frame: TransmitFrame,
  maxSegments: number,
): number {
  const length = checkParts(frame, memory.bytes.length);
  const { mtuBytes, offloads } = info;
  const { segmentBytes } = frame;
  const limit = segmentBytes > 0 ? offloads.tcp4SegmentationBytes : mtuBytes;
  if (length < ETHERNET_BYTES || length > limit + ETHERNET_BYTES) {
    refuse(info, `a frame of ${length} bytes; its IP packet has ${limit} at the most`);
  }
  if (segmentBytes > 0) checkSegmentation(info, memory, frame, length, maxSegments);
  else if (frame.checksumStart >= 0 && !offloads.transmitChecksum) {
    refuse(info, "completes no checksums");
  }
  return length;
}

function checkSegmentation(
  info: NetDeviceInfo,
  memory: PacketMemory,
  frame: TransmitFrame,
  length: number,
  maxSegments: number,
): void {
  const { headerBytes, segmentBytes } = frame;
  if (headerBytes > length) refuse(info, `${headerBytes} bytes of headers in ${length}`);
  if (Math.min(headerBytes + segmentBytes, length) > info.mtuBytes + ETHERNET_BYTES) {
    refuse(info, `segments of ${headerBytes + segmentBytes} bytes; the MTU is ${info.mtuBytes}`);
  }
  checkHeaders(memory, frame);
  if (segmentCount(frame, length) > maxSegments) {
    refuse(info, `more than ${maxSegments} segments in a frame`);
  }
}

function refuse(info: NetDeviceInfo, what: string): never {
  throw new RangeError(`${info.name}: ${what}`);
}
