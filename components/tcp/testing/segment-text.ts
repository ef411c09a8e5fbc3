/**
 * Segments as text, in the manner of packetdrill:
 *
 *     S 0 win 8192 <mss 1460 sackOK ts 100 0 ws 7>
 *     P. 1+100 ack 1 win 512 <ts 101 5000>
 *     . 1 ack 1449 <sack 2897-4345>
 *
 * Flags, sequence number, + payload bytes, and then what else there is. Sequence numbers count from
 * the SYN of who sends them, acknowledgments and SACK blocks from the SYN of the other.
 */
import { readU16, readU32, writeU16, writeU32 } from "../../../libos/kernel/mod.ts";
import { FLAG, OPTION, TCP } from "../wire.ts";

export interface TextSegment {
  flags: string;
  seq: number;
  len: number;
  ack: number | undefined;
  win: number | undefined;
  /** What stands between the angle brackets, or undefined without any. */
  options: string | undefined;
}

const FLAG_LETTERS: readonly [string, number][] = [
  ["S", FLAG.SYN],
  ["F", FLAG.FIN],
  ["R", FLAG.RST],
  ["P", FLAG.PSH],
  ["U", FLAG.URG],
  [".", FLAG.ACK],
];

/** Reads the text. @throws Error when it is none. */
export function parseText(text: string): TextSegment {
  const match =
    /^([SFRPU.]+) (-?\d+)(?:\+(\d+))?(?: ack (-?\d+))?(?: win (\d+))?(?: <([^>]*)>)?$/.exec(
      text.trim(),
    );
  if (match === null) throw new Error(`not a segment: ${text}`);
  const [, flags, seq, len, ack, win, options] = match;
  return {
    flags: flags!,
    seq: Number(seq),
    len: Number(len ?? 0),
    ack: ack === undefined ? undefined : Number(ack),
    win: win === undefined ? undefined : Number(win),
    options,
  };
}

export function formatText(segment: TextSegment): string {
  let text = `${segment.flags} ${segment.seq}`;
  if (segment.len > 0) text += `+${segment.len}`;
  if (segment.ack !== undefined) text += ` ack ${segment.ack}`;
  if (segment.win !== undefined) text += ` win ${segment.win}`;
  if (segment.options !== undefined) text += ` <${segment.options}>`;
  return text;
}

/**
 * Encodes a segment.
 *
 * @param own The initial sequence number of who sends it, `other` the other's.
 * @param payload Where the payload is copied from.
 */
export function encodeText(
  segment: TextSegment,
  sourcePort: number,
  destinationPort: number,
  own: number,
  other: number,
  payload: Uint8Array,
): Uint8Array {
  const options = encodeOptions(segment.options ?? "", other);
  const headerBytes = TCP.HEADER_BYTES + options.length;
  const bytes = new Uint8Array(headerBytes + segment.len);
  writeU16(bytes, TCP.SOURCE_PORT, sourcePort);
  writeU16(bytes, TCP.DESTINATION_PORT, destinationPort);
  writeU32(bytes, TCP.SEQUENCE, own + segment.seq);
  if (segment.ack !== undefined) writeU32(bytes, TCP.ACKNOWLEDGMENT, other + segment.ack);
  bytes[TCP.DATA_OFFSET] = (headerBytes >> 2) << 4;
  for (const [letter, bit] of FLAG_LETTERS) {
    if (segment.flags.includes(letter)) bytes[TCP.FLAGS]! |= bit;
  }
  writeU16(bytes, TCP.WINDOW, segment.win ?? 0xffff);
  bytes.set(options, TCP.HEADER_BYTES);
  bytes.set(payload.subarray(0, segment.len), headerBytes);
  return bytes;
}

function encodeOptions(text: string, other: number): Uint8Array {
  const bytes: number[] = [];
  const u32 = (value: number): void => {
    bytes.push((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
  };
  const words = text.split(" ").filter((word) => word !== "");
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === "mss") {
      const mss = Number(words.shift());
      bytes.push(OPTION.MSS, 4, mss >> 8, mss & 0xff);
    } else if (word === "ws") {
      bytes.push(OPTION.NOP, OPTION.WINDOW_SCALE, 3, Number(words.shift()));
    } else if (word === "sackOK") {
      bytes.push(OPTION.NOP, OPTION.NOP, OPTION.SACK_PERMITTED, 2);
    } else if (word === "ts") {
      bytes.push(OPTION.NOP, OPTION.NOP, OPTION.TIMESTAMPS, 10);
      u32(Number(words.shift()));
      u32(Number(words.shift()));
    } else if (word === "sack") {
      const blocks = words.splice(0);
      bytes.push(OPTION.NOP, OPTION.NOP, OPTION.SACK, 2 + 8 * blocks.length);
      for (const block of blocks) {
        const [left, right] = block.split("-").map(Number) as [number, number];
        u32(other + left);
        u32(other + right);
      }
    } else {
      throw new Error(`not an option: ${word}`);
    }
  }
  return Uint8Array.from(bytes);
}

/**
 * Reads a segment that was sent.
 *
 * @param own The initial sequence number of who sent it; undefined: its SYN is the first we see.
 */
export function decodeText(bytes: Uint8Array, own: number, other: number): TextSegment {
  const bits = bytes[TCP.FLAGS]!;
  const headerBytes = (bytes[TCP.DATA_OFFSET]! >> 4) << 2;
  const hasAck = (bits & FLAG.ACK) !== 0;
  const flags = FLAG_LETTERS.filter(([, bit]) => (bits & bit) !== 0).map(([letter]) => letter);
  return {
    flags: flags.join(""),
    seq: (readU32(bytes, TCP.SEQUENCE) - own) | 0,
    len: bytes.length - headerBytes,
    ack: hasAck ? (readU32(bytes, TCP.ACKNOWLEDGMENT) - other) | 0 : undefined,
    win: readU16(bytes, TCP.WINDOW),
    options: decodeOptions(bytes.subarray(TCP.HEADER_BYTES, headerBytes), other) || undefined,
  };
}

function decodeOptions(bytes: Uint8Array, other: number): string {
  const words: string[] = [];
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at]!;
    if (kind === OPTION.END) break;
    if (kind === OPTION.NOP) {
      at++;
      continue;
    }
    const length = bytes[at + 1]!;
    if (kind === OPTION.MSS) words.push(`mss ${readU16(bytes, at + 2)}`);
    if (kind === OPTION.WINDOW_SCALE) words.push(`ws ${bytes[at + 2]}`);
    if (kind === OPTION.SACK_PERMITTED) words.push("sackOK");
    if (kind === OPTION.TIMESTAMPS) {
      words.push(`ts ${readU32(bytes, at + 2)} ${readU32(bytes, at + 6)}`);
    }
    if (kind === OPTION.SACK) {
      const blocks: string[] = [];
      for (let block = at + 2; block < at + length; block += 8) {
        const left = (readU32(bytes, block) - other) | 0;
        blocks.push(`${left}-${(readU32(bytes, block + 4) - other) | 0}`);
      }
      words.push(`sack ${blocks.join(" ")}`);
    }
    at += length;
  }
  return words.join(" ");
}
