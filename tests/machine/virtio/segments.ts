/** What a network card does to frames: completing checksums, and cutting TCP over IPv4 (RFC 9293). */

/** A frame on the emulated cable, with what its sender has left to do. */
export interface CableFrame {
  readonly bytes: Uint8Array;
  /** Where the transport checksum begins; -1: it is complete. */
  readonly checksumStart: number;
  readonly checksumOffset: number;
  /** Payload bytes of each segment; 0: it is one frame. */
  readonly segmentBytes: number;
  readonly headerBytes: number;
}

const IP = 14;
const FIN_AND_PSH = 0x09;
const CWR = 0x80;

function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) {
    sum += bytes[at]! * 256 + (at + 1 < to ? bytes[at + 1]! : 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** Completes the checksum (virtio 1.3, 5.1.6.2: the field holds the pseudo-header's sum). */
export function completeChecksum(frame: CableFrame): CableFrame {
  if (frame.checksumStart < 0) return frame;
  const bytes = frame.bytes.slice();
  const sum = ~sumOf(bytes, frame.checksumStart, bytes.length) & 0xffff;
  put16(bytes, frame.checksumStart + frame.checksumOffset, sum === 0 ? 0xffff : sum);
  return { ...frame, bytes, checksumStart: -1 };
}

/** Cuts a frame into its segments, with checksums completed. */
export function cut(frame: CableFrame): CableFrame[] {
  const { bytes, headerBytes, segmentBytes } = frame;
  const segments: CableFrame[] = [];
  const tcp = IP + (bytes[IP]! & 15) * 4;
  const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(tcp + 4);
  for (let from = headerBytes; from < bytes.length || segments.length === 0; from += segmentBytes) {
    const payload = bytes.subarray(from, from + segmentBytes);
    const segment = new Uint8Array(headerBytes + payload.length);
    segment.set(bytes.subarray(0, headerBytes));
    segment.set(payload, headerBytes);
    const isLast = from + segmentBytes >= bytes.length;
    put16(segment, IP + 2, segment.length - IP);
    put16(segment, IP + 4, ((bytes[IP + 4]! << 8) | bytes[IP + 5]!) + segments.length);
    put16(segment, IP + 10, 0);
    put16(segment, IP + 10, ~sumOf(segment, IP, tcp));
    new DataView(segment.buffer).setUint32(tcp + 4, sequence + (from - headerBytes));
    if (!isLast) segment[tcp + 13]! &= ~FIN_AND_PSH;
    if (segments.length > 0) segment[tcp + 13]! &= ~CWR;
    put16(segment, tcp + 16, 0);
    const pseudo = sumOf(segment, IP + 12, IP + 20) + 6 + (segment.length - tcp);
    put16(segment, tcp + 16, (pseudo & 0xffff) + (pseudo >> 16));
    segments.push(
      completeChecksum({
        bytes: segment,
        checksumStart: tcp,
        checksumOffset: 16,
        segmentBytes: 0,
        headerBytes,
      }),
    );
  }
  return segments;
}
