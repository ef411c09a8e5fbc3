import { parseOptions } from "./options.ts";
import type { Segment } from "./segment.ts";
import { FLAG, TCP } from "./wire.ts";

/**
 * Parses header and options of one segment; the checksum is not looked at.
 *
 * @param view Packet memory, or any bytes.
 * @param offset Where the TCP header begins.
 * @param length Bytes of header and payload, >= 0.
 * @returns False when the header is malformed; `into` is undefined then. A malformed option ends
 *   the options, and the segment stays valid.
 */
export function parseSegment(
  view: DataView,
  offset: number,
  length: number,
  into: Segment,
): boolean {
  if (length < TCP.HEADER_BYTES) return false;
  // By words of 32 bits: each call of the view costs an interpreter as much as ten additions.
  const ports = view.getInt32(offset + TCP.SOURCE_PORT);
  const control = view.getInt32(offset + TCP.DATA_OFFSET);
  const headerBytes = (control >>> 28) << 2;
  if (headerBytes < TCP.HEADER_BYTES || headerBytes > length) return false;
  into.sourcePort = ports >>> 16;
  into.destinationPort = ports & 0xffff;
  if (ports >>> 16 === 0 || (ports & 0xffff) === 0) return false;
  into.sequence = view.getInt32(offset + TCP.SEQUENCE);
  into.acknowledgment = view.getInt32(offset + TCP.ACKNOWLEDGMENT);
  const flags = (control >>> 16) & 0xff;
  into.flags = flags;
  into.window = control & 0xffff;
  into.payloadOffset = offset + headerBytes;
  const payloadBytes = length - headerBytes;
  into.payloadBytes = payloadBytes;
  into.sequenceBytes = payloadBytes + (flags & FLAG.FIN) + ((flags & FLAG.SYN) >> 1);
  into.joinedBytes = 0;
  into.hasTimestamps = false;
  into.sackCount = 0;
  if (headerBytes > TCP.HEADER_BYTES || (flags & FLAG.SYN) !== 0) {
    parseOptions(view, offset + TCP.HEADER_BYTES, offset + headerBytes, into);
  }
  return true;
}
