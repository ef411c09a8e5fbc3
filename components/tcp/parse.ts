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
  const headerBytes = (view.getUint8(offset + TCP.DATA_OFFSET) >> 4) << 2;
  if (headerBytes < TCP.HEADER_BYTES || headerBytes > length) return false;
  into.sourcePort = view.getUint16(offset + TCP.SOURCE_PORT);
  into.destinationPort = view.getUint16(offset + TCP.DESTINATION_PORT);
  if (into.sourcePort === 0 || into.destinationPort === 0) return false;
  into.sequence = view.getInt32(offset + TCP.SEQUENCE);
  into.acknowledgment = view.getInt32(offset + TCP.ACKNOWLEDGMENT);
  const flags = view.getUint8(offset + TCP.FLAGS);
  into.flags = flags;
  into.window = view.getUint16(offset + TCP.WINDOW);
  into.payloadOffset = offset + headerBytes;
  into.payloadBytes = length - headerBytes;
  into.sequenceBytes = into.payloadBytes + (flags & FLAG.FIN) + ((flags & FLAG.SYN) >> 1);
  into.joinedBytes = 0;
  into.hasTimestamps = false;
  into.sackCount = 0;
  if (headerBytes > TCP.HEADER_BYTES || (flags & FLAG.SYN) !== 0) {
    parseOptions(view, offset + TCP.HEADER_BYTES, offset + headerBytes, into);
  }
  return true;
}
