import { readU16, writeU16, writeU32 } from "../../libos/kernel/mod.ts";
import type { Segment } from "./segment.ts";
import { FLAG, MAX_SACK_BLOCKS, MAX_WINDOW_SHIFT, OPTION, readI32 } from "./wire.ts";

/** NOP, NOP, kind 8, length 10: how nearly every segment begins its options. */
const PADDED_TIMESTAMPS = 0x0101080a;

/**
 * Parses the options between `at` and `end` into the segment (RFC 9293 3.2, RFC 7323, RFC 2018).
 *
 * Unknown options are skipped. A malformed one ends the options, and those before it count. MSS,
 * window scale and SACK-permitted count only on a SYN.
 */
export function parseOptions(bytes: Uint8Array, at: number, end: number, into: Segment): void {
  if (
    end - at === 12 &&
    readI32(bytes, at) === PADDED_TIMESTAMPS &&
    (into.flags & FLAG.SYN) === 0
  ) {
    into.hasTimestamps = true;
    into.timestampValue = readI32(bytes, at + 4);
    into.timestampEcho = readI32(bytes, at + 8);
    return;
  }
  into.mssBytes = 0;
  into.windowShift = -1;
  into.isSackPermitted = false;
  while (at < end) {
    const kind = bytes[at]!;
    if (kind === OPTION.END) return;
    if (kind === OPTION.NOP) {
      at++;
      continue;
    }
    if (at + 1 >= end) return;
    const length = bytes[at + 1]!;
    if (length < 2 || at + length > end) return;
    if ((into.flags & FLAG.SYN) !== 0) parseSynOption(bytes, at, kind, length, into);
    else if (kind === OPTION.SACK) parseSack(bytes, at, length, into);
    if (kind === OPTION.TIMESTAMPS && length === OPTION.TIMESTAMPS_BYTES) {
      into.hasTimestamps = true;
      into.timestampValue = readI32(bytes, at + 2);
      into.timestampEcho = readI32(bytes, at + 6);
    }
    at += length;
  }
}

function parseSynOption(
  bytes: Uint8Array,
  at: number,
  kind: number,
  length: number,
  into: Segment,
): void {
  if (kind === OPTION.MSS && length === OPTION.MSS_BYTES) {
    into.mssBytes = readU16(bytes, at + 2);
  } else if (kind === OPTION.WINDOW_SCALE && length === OPTION.WINDOW_SCALE_BYTES) {
    // RFC 7323 2.3: a larger shift is used as 14.
    into.windowShift = Math.min(bytes[at + 2]!, MAX_WINDOW_SHIFT);
  } else if (kind === OPTION.SACK_PERMITTED && length === OPTION.SACK_PERMITTED_BYTES) {
    into.isSackPermitted = true;
  }
}

function parseSack(bytes: Uint8Array, at: number, length: number, into: Segment): void {
  const count = (length - 2) >> 3;
  if (count > MAX_SACK_BLOCKS || length !== 2 + 8 * count) return;
  into.sackCount = count;
  for (let index = 0; index < count; index++) {
    into.sackLeft[index] = readI32(bytes, at + 2 + 8 * index);
    into.sackRight[index] = readI32(bytes, at + 6 + 8 * index);
  }
}

/** Writes NOP, NOP and timestamps: 12 bytes. @returns The end. */
export function writeTimestamps(
  bytes: Uint8Array,
  at: number,
  value: number,
  echo: number,
): number {
  writeU32(bytes, at, PADDED_TIMESTAMPS);
  writeU32(bytes, at + 4, value);
  writeU32(bytes, at + 8, echo);
  return at + 12;
}

/** Writes MSS: 4 bytes. @returns The end. */
export function writeMss(bytes: Uint8Array, at: number, mssBytes: number): number {
  bytes[at] = OPTION.MSS;
  bytes[at + 1] = OPTION.MSS_BYTES;
  writeU16(bytes, at + 2, mssBytes);
  return at + 4;
}

/** Writes NOP and window scale: 4 bytes. @returns The end. */
export function writeWindowScale(bytes: Uint8Array, at: number, shift: number): number {
  bytes[at] = OPTION.NOP;
  bytes[at + 1] = OPTION.WINDOW_SCALE;
  bytes[at + 2] = OPTION.WINDOW_SCALE_BYTES;
  bytes[at + 3] = shift;
  return at + 4;
}

/** Writes NOP, NOP and SACK-permitted: 4 bytes. @returns The end. */
export function writeSackPermitted(bytes: Uint8Array, at: number): number {
  bytes[at] = OPTION.NOP;
  bytes[at + 1] = OPTION.NOP;
  bytes[at + 2] = OPTION.SACK_PERMITTED;
  bytes[at + 3] = OPTION.SACK_PERMITTED_BYTES;
  return at + 4;
}

/** Writes NOP, NOP and SACK's kind and length, to be followed by `count` blocks. @returns The end. */
export function writeSackHead(bytes: Uint8Array, at: number, count: number): number {
  bytes[at] = OPTION.NOP;
  bytes[at + 1] = OPTION.NOP;
  bytes[at + 2] = OPTION.SACK;
  bytes[at + 3] = 2 + 8 * count;
  return at + 4;
}
