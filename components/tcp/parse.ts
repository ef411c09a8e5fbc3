import { readU16 } from "../../libos/kernel/mod.ts";
import { parseOptions } from "./options.ts";
import type { Segment } from "./segment.ts";
import { FLAG, readI32, TCP } from "./wire.ts";

/**
 * Parses header and options of one segment; the checksum is not looked at.
 *
 * @param bytes Packet memory, or any bytes.
 * @param offset Where the TCP header begins.
 * @param length Bytes of header and payload, >= 0.
 * @returns False when the header is malformed; `into` is undefined then. A malformed option ends
 *   the options, and the segment stays valid.
 */
export function parseSegment(
  bytes: Uint8Array,
  offset: number,
  length: number,
  into: Segment,
): boolean {
  if (length < TCP.HEADER_BYTES) return false;
  const headerBytes = (bytes[offset + TCP.DATA_OFFSET]! >> 4) << 2;
  if (headerBytes < TCP.HEADER_BYTES || headerBytes > length) return false;
  into.sourcePort = readU16(bytes, offset + TCP.SOURCE_PORT);
  into.destinationPort = readU16(bytes, offset + TCP.DESTINATION_PORT);
  if (into.sourcePort === 0 || into.destinationPort === 0) return false;
  into.sequence = readI32(bytes, offset + TCP.SEQUENCE);
  into.acknowledgment = readI32(bytes, offset + TCP.ACKNOWLEDGMENT);
  const flags = bytes[offset + TCP.FLAGS]!;
  into.flags = flags;
  into.window = readU16(bytes, offset + TCP.WINDOW);
  into.payloadOffset = offset + headerBytes;
  into.payloadBytes = length - headerBytes;
  into.sequenceBytes = into.payloadBytes + (flags & FLAG.FIN) + ((flags & FLAG.SYN) >> 1);
  into.joinedBytes = 0;
  into.hasTimestamps = false;
  into.sackCount = 0;
  if (headerBytes > TCP.HEADER_BYTES || (flags & FLAG.SYN) !== 0) {
    parseOptions(bytes, offset + TCP.HEADER_BYTES, offset + headerBytes, into);
  }
  return true;
}
