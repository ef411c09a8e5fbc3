import type { TransmitFrame } from "../../libos/hal/mod.ts";
import { MAX_FRAME_PARTS } from "../../libos/hal/mod.ts";

/** Makes a frame object, for its owner to reuse. */
export function createTransmitFrame(): TransmitFrame {
  return {
    partCount: 0,
    partOffset: new Int32Array(MAX_FRAME_PARTS),
    partLength: new Int32Array(MAX_FRAME_PARTS),
    checksumStart: -1,
    checksumOffset: 0,
    segmentBytes: 0,
    headerBytes: 0,
  };
}

/** Starts `frame` anew with one part. */
export function resetFrame(frame: TransmitFrame, offset: number, length: number): void {
  frame.partCount = 1;
  frame.partOffset[0] = offset;
  frame.partLength[0] = length;
  frame.checksumStart = -1;
  frame.checksumOffset = 0;
  frame.segmentBytes = 0;
  frame.headerBytes = 0;
}

/** Adds a part behind the others. The caller keeps to `MAX_FRAME_PARTS`. */
export function appendPart(frame: TransmitFrame, offset: number, length: number): void {
  const index = frame.partCount++;
  frame.partOffset[index] = offset;
  frame.partLength[index] = length;
}

/**
 * Makes room for a lower layer's header in front of part 0, and shifts what counts from the
 * frame's start.
 *
 * @returns The offset at which the new header begins.
 */
export function prependHeader(frame: TransmitFrame, bytes: number): number {
  const offset = frame.partOffset[0]! - bytes;
  frame.partOffset[0] = offset;
  frame.partLength[0] = frame.partLength[0]! + bytes;
  if (frame.checksumStart >= 0) frame.checksumStart += bytes;
  if (frame.segmentBytes > 0) frame.headerBytes += bytes;
  return offset;
}

/** @returns The length of the whole frame in bytes. */
export function frameBytes(frame: TransmitFrame): number {
  let total = 0;
  for (let index = 0; index < frame.partCount; index++) total += frame.partLength[index]!;
  return total;
}
