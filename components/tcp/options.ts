import type { Segment } from "./segment.ts";
import { FLAG, MAX_SACK_BLOCKS, MAX_WINDOW_SHIFT, OPTION } from "./wire.ts";

/** NOP, NOP, kind 8, length 10: how nearly every segment begins its options. */
const PADDED_TIMESTAMPS = 0x0101080a;

/**
 * Parses the options between `at` and `end` into the segment (RFC 9293 3.2, RFC 7323, RFC 2018).
 *
 * Unknown options are skipped. A malformed one ends the options, and those before it count. MSS,
 * window scale and SACK-permitted count only on a SYN.
 */
export function parseOptions(view: DataView, at: number, end: number, into: Segment): void {
  if (end - at === 12 && view.getInt32(at) === PADDED_TIMESTAMPS && (into.flags & FLAG.SYN) === 0) {
    into.hasTimestamps = true;
    into.timestampValue = view.getInt32(at + 4);
    into.timestampEcho = view.getInt32(at + 8);
    return;
  }
  into.mssBytes = 0;
  into.windowShift = -1;
  into.isSackPermitted = false;
  while (at < end) {
    const kind = view.getUint8(at);
    if (kind === OPTION.END) return;
    if (kind === OPTION.NOP) {
      at++;
      continue;
    }
    if (at + 1 >= end) return;
    const length = view.getUint8(at + 1);
    if (length < 2 || at + length > end) return;
    if ((into.flags & FLAG.SYN) !== 0) parseSynOption(view, at, kind, length, into);
    else if (kind === OPTION.SACK) parseSack(view, at, length, into);
    if (kind === OPTION.TIMESTAMPS && length === OPTION.TIMESTAMPS_BYTES) {
      into.hasTimestamps = true;
      into.timestampValue = view.getInt32(at + 2);
      into.timestampEcho = view.getInt32(at + 6);
    }
    at += length;
  }
}

function parseSynOption(
  view: DataView,
  at: number,
  kind: number,
  length: number,
  into: Segment,
): void {
  if (kind === OPTION.MSS && length === OPTION.MSS_BYTES) {
    into.mssBytes = view.getUint16(at + 2);
  } else if (kind === OPTION.WINDOW_SCALE && length === OPTION.WINDOW_SCALE_BYTES) {
    // RFC 7323 2.3: a larger shift is used as 14.
    into.windowShift = Math.min(view.getUint8(at + 2), MAX_WINDOW_SHIFT);
  } else if (kind === OPTION.SACK_PERMITTED && length === OPTION.SACK_PERMITTED_BYTES) {
    into.isSackPermitted = true;
  }
}

function parseSack(view: DataView, at: number, length: number, into: Segment): void {
  const count = (length - 2) >> 3;
  if (count > MAX_SACK_BLOCKS || length !== 2 + 8 * count) return;
  into.sackCount = count;
  for (let index = 0; index < count; index++) {
    into.sackLeft[index] = view.getInt32(at + 2 + 8 * index);
    into.sackRight[index] = view.getInt32(at + 6 + 8 * index);
  }
}

/** Writes NOP, NOP and timestamps: 12 bytes. @returns The end. */
export function writeTimestamps(view: DataView, at: number, value: number, echo: number): number {
  view.setInt32(at, PADDED_TIMESTAMPS);
  view.setInt32(at + 4, value);
  view.setInt32(at + 8, echo);
  return at + 12;
}

/** Writes MSS: 4 bytes. @returns The end. */
export function writeMss(view: DataView, at: number, mssBytes: number): number {
  view.setUint8(at, OPTION.MSS);
  view.setUint8(at + 1, OPTION.MSS_BYTES);
  view.setUint16(at + 2, mssBytes);
  return at + 4;
}

/** Writes NOP and window scale: 4 bytes. @returns The end. */
export function writeWindowScale(view: DataView, at: number, shift: number): number {
  view.setUint8(at, OPTION.NOP);
  view.setUint8(at + 1, OPTION.WINDOW_SCALE);
  view.setUint8(at + 2, OPTION.WINDOW_SCALE_BYTES);
  view.setUint8(at + 3, shift);
  return at + 4;
}

/** Writes NOP, NOP and SACK-permitted: 4 bytes. @returns The end. */
export function writeSackPermitted(view: DataView, at: number): number {
  view.setUint8(at, OPTION.NOP);
  view.setUint8(at + 1, OPTION.NOP);
  view.setUint8(at + 2, OPTION.SACK_PERMITTED);
  view.setUint8(at + 3, OPTION.SACK_PERMITTED_BYTES);
  return at + 4;
}

/** Writes NOP, NOP and SACK's kind and length, to be followed by `count` blocks. @returns The end. */
export function writeSackHead(view: DataView, at: number, count: number): number {
  view.setUint8(at, OPTION.NOP);
  view.setUint8(at + 1, OPTION.NOP);
  view.setUint8(at + 2, OPTION.SACK);
  view.setUint8(at + 3, 2 + 8 * count);
  return at + 4;
}
