import { MAX_SACK_BLOCKS } from "./wire.ts";

/**
 * A received segment as numbers. One object is reused for every segment.
 *
 * Sequence numbers and timestamps are signed 32-bit integers (see `sequence.ts`).
 */
export class Segment {
  sourcePort = 0;
  destinationPort = 0;
  sequence = 0;
  acknowledgment = 0;
  flags = 0;
  /** The window field as it stands in the header, not scaled. */
  window = 0;
  /** Where the payload lies in packet memory. */
  payloadOffset = 0;
  payloadBytes = 0;
  /** SEG.LEN of RFC 9293: payload, and one each for SYN and FIN. */
  sequenceBytes = 0;
  /** Payload of each of the segments that were joined into this one; 0: it is one segment. */
  joinedBytes = 0;
  /** Options. 0 (MSS) and -1 (window scale) mean that the option is absent. */
  mssBytes = 0;
  windowShift = -1;
  isSackPermitted = false;
  hasTimestamps = false;
  timestampValue = 0;
  timestampEcho = 0;
  sackCount = 0;
  readonly sackLeft: Int32Array = new Int32Array(MAX_SACK_BLOCKS);
  readonly sackRight: Int32Array = new Int32Array(MAX_SACK_BLOCKS);
}
