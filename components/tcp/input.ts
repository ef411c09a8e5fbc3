/**
 * A segment arrives (RFC 9293 3.10.7). This file finds its connection; `input-handshake.ts` has the
 * states before ESTABLISHED, `input-synchronized.ts` those after.
 */
import { type Address, IP_PROTOCOL, type ReceiveMeta } from "../ip/mod.ts";
import { inputRequested, inputSynReceived, inputSynSent } from "./input-handshake.ts";
import { inputSynchronized } from "./input-synchronized.ts";
import { isReopening } from "./input-check.ts";
import { endOrderly } from "./lifecycle.ts";
import { inputListen } from "./listen.ts";
import { parseSegment } from "./parse.ts";
import { type Context, STATE } from "./state.ts";
import { traceReceive } from "./trace.ts";

/** Takes one packet from the network layer: see `TransportProtocol.input`. */
export function input(
  context: Context,
  offset: number,
  length: number,
  source: Address,
  destination: Address,
  meta: ReceiveMeta,
): void {
  const { counters, network, memory, segment } = context;
  counters.segmentsReceived++;
  if (!parseSegment(context.view, offset, length, segment)) {
    counters.badSegments++;
    return;
  }
  if (!meta.checksumValid) {
    const sum = network.pseudoHeaderSum(source, destination, IP_PROTOCOL.TCP, length);
    if (memory.checksum(offset, length, sum) !== 0xffff) {
      counters.badChecksums++;
      return;
    }
  }
  segment.joinedBytes = meta.segmentBytes;
  const { destinationPort, sourcePort } = segment;
  const tcb = context.table.find(destination, destinationPort, source, sourcePort);
  if (tcb === undefined) {
    // RFC 9293 3.9.2.3: a broadcast or multicast address never takes part in a connection.
    if (meta.isBroadcast || network.isBroadcast(source)) counters.badSegments++;
    else inputListen(context, segment, destination, source, undefined);
    return;
  }
  tcb.segmentsReceived++;
  if (context.trace !== undefined) traceReceive(tcb, segment);
  const nowUs = context.kernel.nowUs();
  switch (tcb.stateNumber) {
    case STATE.SYN_SENT:
      inputSynSent(tcb, segment, nowUs);
      break;
    case STATE.SYN_RECEIVED:
      inputSynReceived(tcb, segment, nowUs);
      break;
    case STATE.REQUESTED:
      inputRequested(tcb, segment);
      break;
    case STATE.TIME_WAIT:
      if (isReopening(tcb, segment)) {
        const after = tcb.sndNxt;
        endOrderly(tcb);
        inputListen(context, segment, destination, source, after);
        break;
      }
      inputSynchronized(tcb, segment, nowUs);
      break;
    default:
      inputSynchronized(tcb, segment, nowUs);
  }
}
