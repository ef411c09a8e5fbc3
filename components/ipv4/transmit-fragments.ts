import type { TransmitFrame } from "../../libos/hal/mod.ts";
import { assert } from "../../libos/kernel/mod.ts";
import type { IpLink, Neighbour, SendResult } from "../ip/mod.ts";
import { SEND, appendPart, frameBytes, prependHeader } from "../ip/mod.ts";
import { IPV4, MAX_PACKET_BYTES, MORE_FRAGMENTS } from "./wire.ts";

/** What all fragments of one packet have in common. */
export interface FragmentSource {
  readonly link: IpLink;
  readonly neighbour: Neighbour;
  readonly mtuBytes: number;
  /** Writes the IPv4 header of one fragment. */
  writeHeader(offset: number, totalLength: number, flagsFragment: number): void;
}

/**
 * Cuts a packet into fragments and sends them (RFC 791, 3.2): none, if the device is known to
 * have no room for all.
 *
 * @param frame A transport header in part 0 and at most one part of payload behind it; the transport
 *   checksum is complete, since no device can complete it for fragments.
 */
export function sendFragments(frame: TransmitFrame, source: FragmentSource): SendResult {
  assert(frame.partCount <= 2 && frame.checksumStart < 0, "fragments of an unfinished packet");
  const { link, neighbour } = source;
  const transportBytes = frameBytes(frame);
  if (transportBytes + IPV4.HEADER_BYTES > MAX_PACKET_BYTES) return SEND.TOO_BIG;
  const pieceBytes = (source.mtuBytes - IPV4.HEADER_BYTES) & ~7;
  const fragments = Math.ceil(transportBytes / pieceBytes);
  if (fragments > link.queueFrames) return SEND.TOO_BIG;
  if (link.room() < fragments) {
    link.awaitRoom();
    return SEND.FULL;
  }
  // The header's part lies in the slot that the first fragment uses as well; the payload lies apart.
  const firstBytes = frame.partLength[0]!;
  const payload = frame.partCount === 2 ? frame.partOffset[1]! : 0;
  let result: SendResult = SEND.OK;
  for (let at = 0; at < transportBytes && result === SEND.OK; at += pieceBytes) {
    const length = Math.min(pieceBytes, transportBytes - at);
    const more = at + length < transportBytes ? MORE_FRAGMENTS : 0;
    let piece = frame;
    if (at === 0) {
      piece.partLength[1] = length - firstBytes;
    } else {
      piece = link.begin(0, IPV4.HEADER_BYTES);
      appendPart(piece, payload + at - firstBytes, length);
    }
    const header = prependHeader(piece, IPV4.HEADER_BYTES);
    source.writeHeader(header, IPV4.HEADER_BYTES + length, more | (at / 8));
    result = link.send(piece, neighbour);
  }
  return result;
}
