/** The text of a segment and its FIN: RFC 9293 3.10.7.4, seventh and eighth. */
import { deliver, offer, tellEnd } from "./deliver.ts";
import { enterTimeWait, setState } from "./lifecycle.ts";
import { markDirty, requestAck } from "./schedule.ts";
import { isAfter, isBefore } from "./sequence.ts";
import type { Segment } from "./segment.ts";
import { STATE, type Tcb } from "./state.ts";
import { isFinAcked } from "./input-ack.ts";
import { FLAG } from "./wire.ts";

/** Takes the text of a segment, of which `checkSequence` has found a part in the window. */
export function processText(tcb: Tcb, segment: Segment): void {
  let { sequence, payloadOffset: offset, payloadBytes: length } = segment;
  noteSegmentSize(tcb, segment);
  const before = (tcb.rcvNxt - sequence) | 0;
  if (before > 0) {
    if (before >= length) {
      tcb.context.counters.duplicateSegments++;
      requestAck(tcb);
      return;
    }
    sequence = tcb.rcvNxt;
    offset += before;
    length -= before;
  }
  // Behind its own FIN a peer has nothing to say.
  if (tcb.hasFin) length = Math.min(length, (tcb.finSequence - sequence) | 0);
  if (length <= 0) return;
  const window = (tcb.rcvEdge - sequence) | 0;
  if (length > window) {
    tcb.context.counters.outOfWindowSegments++;
    requestAck(tcb);
    length = window;
    if (length <= 0) return;
  }
  if (sequence === tcb.rcvNxt) takeInOrder(tcb, offset, length);
  else takeEarly(tcb, sequence, offset, length);
}

/** Learns what a full-sized segment of this peer is, for delayed ACKs and window updates. */
function noteSegmentSize(tcb: Tcb, segment: Segment): void {
  const bytes = segment.joinedBytes > 0 ? segment.joinedBytes : segment.payloadBytes;
  if (bytes > tcb.rcvMss) tcb.rcvMss = bytes;
}

function takeInOrder(tcb: Tcb, offset: number, length: number): void {
  const queue = tcb.receiveQueue;
  const hadEarly = queue.hasEarly;
  const accepted = deliver(tcb, offset, length);
  if (tcb.stateNumber === STATE.CLOSED) return;
  tcb.rcvNxt = queue.next;
  tcb.ackBytes += accepted;
  markDirty(tcb);
  if (accepted < length) {
    tcb.ackNow = true;
    return;
  }
  if (!hadEarly) return;
  // RFC 5681 4.2: a segment that fills a gap, or a part of one, is acknowledged at once.
  tcb.ackNow = true;
  const unread = queue.unreadBytes;
  const next = queue.next;
  if (!queue.joinEarly()) return;
  tcb.bytesReceived += (queue.next - next) | 0;
  tcb.rcvNxt = queue.next;
  if (unread === 0) offer(tcb);
}

function takeEarly(tcb: Tcb, sequence: number, offset: number, length: number): void {
  const { counters } = tcb.context;
  counters.outOfOrderSegments++;
  const result = tcb.receiveQueue.insert(sequence, offset, length);
  if (result === "refused") counters.memoryRefusals++;
  else if (result === "full") counters.rangeRefusals++;
  requestAck(tcb);
}

/** Notes a FIN, and takes it once everything before it has come. */
export function processFin(tcb: Tcb, segment: Segment, nowUs: number): void {
  if ((segment.flags & FLAG.FIN) !== 0 && !tcb.hasFin) {
    const finSequence = (segment.sequence + segment.payloadBytes) | 0;
    if (!isBefore(finSequence, tcb.rcvNxt) && !isAfter(finSequence, tcb.rcvEdge)) {
      tcb.hasFin = true;
      tcb.finSequence = finSequence;
    }
  }
  if (!tcb.hasFin || tcb.finDone || tcb.rcvNxt !== tcb.finSequence) return;
  if (tcb.stateNumber === STATE.CLOSED) return;
  tcb.finDone = true;
  tcb.rcvNxt = (tcb.rcvNxt + 1) | 0;
  requestAck(tcb);
  switch (tcb.stateNumber) {
    case STATE.ESTABLISHED:
      setState(tcb, STATE.CLOSE_WAIT);
      break;
    case STATE.FIN_WAIT_1:
      if (isFinAcked(tcb)) enterTimeWait(tcb, nowUs);
      else setState(tcb, STATE.CLOSING);
      break;
    case STATE.FIN_WAIT_2:
      enterTimeWait(tcb, nowUs);
      break;
  }
  tellEnd(tcb);
}
