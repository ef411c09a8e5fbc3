/**
 * Cutting a frame that asks for segmentation (TCP over IPv4) into frames of its `segmentBytes`, as
 * a network card does: RFC 9293 3.1 for the header, RFC 791 3.1 for identification and length.
 */
import type { PacketMemory, TransmitFrame } from "../../libos/hal/mod.ts";
import { readU16, readU32, writeU16, writeU32 } from "../../libos/kernel/bytes.ts";
import { byteAt, checksumOf, copyRange, copyRangeChecksum } from "./frame-parts.ts";

const ETHERNET_BYTES = 14;
const IPV4 = { TOTAL_LENGTH: 2, ID: 4, PROTOCOL: 9, CHECKSUM: 10, SOURCE: 12 } as const;
const TCP = { SEQUENCE: 4, DATA_OFFSET: 12, FLAGS: 13, CHECKSUM: 16 } as const;
const PROTOCOL_TCP = 6;
const FIN_MASK = 0x01;
const PSH_MASK = 0x08;
const CWR_MASK = 0x80;

/** How many segments the frame becomes. */
export function segmentCount(frame: TransmitFrame, length: number): number {
  return Math.max(1, Math.ceil((length - frame.headerBytes) / frame.segmentBytes));
}

/** @throws RangeError when the frame's headers are not TCP over IPv4 of `headerBytes`. */
export function checkHeaders(memory: PacketMemory, frame: TransmitFrame): void {
  const versionAndLength = byteAt(memory, frame, ETHERNET_BYTES);
  const tcp = ETHERNET_BYTES + (versionAndLength & 15) * 4;
  const protocol = byteAt(memory, frame, ETHERNET_BYTES + IPV4.PROTOCOL);
  const end = tcp + (byteAt(memory, frame, tcp + TCP.DATA_OFFSET) >> 4) * 4;
  if (versionAndLength >> 4 !== 4 || protocol !== PROTOCOL_TCP || end !== frame.headerBytes) {
    throw new RangeError(
      `a frame for segmentation: IP version ${versionAndLength >> 4}, protocol ${protocol}, ` +
        `${end} bytes of headers where headerBytes is ${frame.headerBytes}`,
    );
  }
}

/**
 * Writes segment `index` of a frame that `checkHeaders` has passed to `to`.
 *
 * @param length The whole frame's length.
 * @param completeChecksum False where the receiver takes our word for TCP's checksum.
 */
export function writeSegment(
  memory: PacketMemory,
  frame: TransmitFrame,
  length: number,
  index: number,
  to: number,
  completeChecksum: boolean,
): void {
  const { headerBytes, segmentBytes } = frame;
  const { bytes } = memory;
  const from = headerBytes + index * segmentBytes;
  const payload = Math.min(segmentBytes, length - from);
  copyRange(memory, frame, 0, headerBytes, to);
  const ip = to + ETHERNET_BYTES;
  const tcp = ip + (bytes[ip]! & 15) * 4;
  const end = tcp + (bytes[tcp + TCP.DATA_OFFSET]! >> 4) * 4;
  const payloadSum = completeChecksum
    ? copyRangeChecksum(memory, frame, from, payload, end)
    : (copyRange(memory, frame, from, payload, end), 0);
  writeU16(bytes, ip + IPV4.TOTAL_LENGTH, end - ip + payload);
  writeU16(bytes, ip + IPV4.ID, readU16(bytes, ip + IPV4.ID) + index);
  writeU16(bytes, ip + IPV4.CHECKSUM, 0);
  writeU16(bytes, ip + IPV4.CHECKSUM, ~memory.checksum(ip, tcp - ip, 0));
  writeU32(bytes, tcp + TCP.SEQUENCE, readU32(bytes, tcp + TCP.SEQUENCE) + index * segmentBytes);
  let flags = bytes[tcp + TCP.FLAGS]!;
  if (index > 0) flags &= ~CWR_MASK;
  if (from + payload < length) flags &= ~(FIN_MASK | PSH_MASK);
  bytes[tcp + TCP.FLAGS] = flags;
  if (!completeChecksum) return;
  writeU16(bytes, tcp + TCP.CHECKSUM, 0);
  let sum = payloadSum + PROTOCOL_TCP + (end - tcp + payload);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = memory.checksum(ip + IPV4.SOURCE, 8, (sum & 0xffff) + (sum >> 16));
  writeU16(bytes, tcp + TCP.CHECKSUM, checksumOf(memory.checksum(tcp, end - tcp, sum)));
}
