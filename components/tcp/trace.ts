/**
 * Readable events under the source "tcp". Sequence numbers are relative to the connection's initial
 * ones, as in a packet analyser. Called only while somebody traces.
 */
import type { TraceFields } from "../../libos/kernel/mod.ts";
import type { Segment } from "./segment.ts";
import type { Tcb } from "./state.ts";
import { FLAG } from "./wire.ts";

/** "10.0.2.15:80 10.0.2.2:40000": our end and the peer's. */
function nameOf(tcb: Tcb): string {
  const { network } = tcb.context;
  const local = `${network.format(tcb.localAddress)}:${tcb.localPort}`;
  return `${local} ${network.format(tcb.remoteAddress)}:${tcb.remotePort}`;
}

/** @returns The flags as tcpdump writes them: "S", "S.", "P.", "F.", "R". */
export function flagText(flags: number): string {
  let text = "";
  if ((flags & FLAG.SYN) !== 0) text += "S";
  if ((flags & FLAG.FIN) !== 0) text += "F";
  if ((flags & FLAG.RST) !== 0) text += "R";
  if ((flags & FLAG.PSH) !== 0) text += "P";
  if ((flags & FLAG.URG) !== 0) text += "U";
  if ((flags & FLAG.ACK) !== 0) text += ".";
  return text;
}

export function traceState(tcb: Tcb, from: string, to: string): void {
  tcb.context.trace?.event("tcp", "state", { connection: nameOf(tcb), from, to });
}

export function traceReceive(tcb: Tcb, segment: Segment): void {
  tcb.context.trace?.event("tcp", "receive", {
    connection: nameOf(tcb),
    flags: flagText(segment.flags),
    seq: ((segment.sequence - tcb.irs) | 0) >>> 0,
    ack: ((segment.acknowledgment - tcb.iss) | 0) >>> 0,
    win: segment.window << ((segment.flags & FLAG.SYN) === 0 ? tcb.sndShift : 0),
    len: segment.payloadBytes,
    sacks: segment.sackCount,
  });
}

export function traceSend(
  tcb: Tcb,
  flags: number,
  sequence: number,
  window: number,
  length: number,
): void {
  tcb.context.trace?.event("tcp", "send", {
    connection: nameOf(tcb),
    flags: flagText(flags),
    seq: ((sequence - tcb.iss) | 0) >>> 0,
    ack: ((tcb.rcvNxt - tcb.irs) | 0) >>> 0,
    win: window,
    len: length,
  });
}

/** Something happened to the sender: a retransmission and why, a timeout, a new window. */
export function traceSender(tcb: Tcb, event: string, extra: TraceFields): void {
  tcb.context.trace?.event("tcp", event, {
    connection: nameOf(tcb),
    ...extra,
    una: ((tcb.sndUna - tcb.iss) | 0) >>> 0,
    nxt: ((tcb.sndNxt - tcb.iss) | 0) >>> 0,
    cwnd: tcb.congestion.cwndBytes,
    ssthresh: tcb.congestion.ssthreshBytes,
    rto: tcb.rtt.rtoUs,
  });
}
