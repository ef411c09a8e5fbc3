import { MAX_FRAME_PARTS } from "../../libos/hal/mod.ts";
import type { NetDeviceInfo, TransmitFrame } from "../../libos/hal/mod.ts";
import { ETHERNET_BYTES } from "./wire.ts";

/**
 * Holds a frame for transmission to the contract and to what the device offers.
 *
 * @param slabBytes Length of packet memory.
 * @returns The frame's length in bytes.
 * @throws RangeError that names the device and the limit: a bug of the caller.
 */
export function checkFrame(info: NetDeviceInfo, slabBytes: number, frame: TransmitFrame): number {
  const { partCount, segmentBytes } = frame;
  if (!(partCount >= 1 && partCount <= MAX_FRAME_PARTS))
    refuse(info, `a frame of ${partCount} parts`);
  let length = 0;
  for (let part = 0; part < partCount; part++) {
    const offset = frame.partOffset[part]!;
    const partLength = frame.partLength[part]!;
    if (partLength < 1 || offset < 0 || offset + partLength > slabBytes) {
      refuse(info, `a part at ${offset} of ${partLength} bytes`);
    }
    length += partLength;
  }
  const limit = segmentBytes > 0 ? info.offloads.tcp4SegmentationBytes : info.mtuBytes;
  if (length < ETHERNET_BYTES || length > limit + ETHERNET_BYTES) {
    refuse(info, `a frame of ${length} bytes; its IP packet has ${limit} at the most`);
  }
  if (frame.checksumStart >= 0) checkChecksum(info, frame, length);
  if (segmentBytes > 0) checkSegments(info, frame, length);
  return length;
}

function checkChecksum(info: NetDeviceInfo, frame: TransmitFrame, length: number): void {
  const { checksumStart, checksumOffset } = frame;
  if (!info.offloads.transmitChecksum) refuse(info, "it completes no checksums");
  if (!(checksumOffset >= 0 && checksumStart + checksumOffset + 2 <= length)) {
    refuse(info, `a checksum at ${checksumStart} + ${checksumOffset} of ${length} bytes`);
  }
}

function checkSegments(info: NetDeviceInfo, frame: TransmitFrame, length: number): void {
  const { headerBytes, segmentBytes } = frame;
  if (!(headerBytes > ETHERNET_BYTES && headerBytes <= length)) {
    refuse(info, `${headerBytes} bytes of headers in ${length}`);
  }
  if (Math.min(headerBytes + segmentBytes, length) > info.mtuBytes + ETHERNET_BYTES) {
    refuse(info, `segments of ${headerBytes + segmentBytes} bytes; the MTU is ${info.mtuBytes}`);
  }
  if (frame.checksumStart < 0) refuse(info, "segments whose checksum nobody asks for");
}

function refuse(info: NetDeviceInfo, what: string): never {
  throw new RangeError(`${info.name}: ${what}`);
}
