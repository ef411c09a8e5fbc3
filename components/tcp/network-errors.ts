/** ICMP errors about our segments: RFC 9293 3.9.2.2, RFC 1122 4.2.3.9, RFC 5461, RFC 5927. */
import type { Address, NetworkErrorKind } from "../ip/mod.ts";
import { endWithError } from "./lifecycle.ts";
import { updateMss } from "./output.ts";
import { resendFlight } from "./recovery.ts";
import { isBefore } from "./sequence.ts";
import { type Context, STATE, type Tcb } from "./state.ts";
import type { TcpError } from "./types.ts";
import { TCP } from "./wire.ts";

/** Takes one ICMP error: see `TransportProtocol.error`. It may be forged. */
export function networkError(
  context: Context,
  kind: NetworkErrorKind,
  offset: number,
  length: number,
  source: Address,
  destination: Address,
  mtuBytes: number,
): void {
  if (length < TCP.ACKNOWLEDGMENT) return;
  const { view } = context;
  const localPort = view.getUint16(offset + TCP.SOURCE_PORT);
  const remotePort = view.getUint16(offset + TCP.DESTINATION_PORT);
  const tcb = context.table.find(source, localPort, destination, remotePort);
  if (tcb === undefined || tcb.stateNumber === STATE.REQUESTED) return;
  // RFC 5927 4.1: the quoted segment must be one that is in flight.
  const sequence = view.getInt32(offset + TCP.SEQUENCE);
  if (isBefore(sequence, tcb.sndUna) || !isBefore(sequence, tcb.sndNxt)) return;
  context.counters.networkErrors++;
  if (context.trace !== undefined) {
    context.trace.event("tcp", "network-error", { kind, localPort, remotePort, mtu: mtuBytes });
  }
  if (kind === "too-big") tooBig(tcb, mtuBytes);
  else if (kind !== "time-exceeded") unreachable(tcb, kind);
}

/** Path MTU discovery (RFC 1191): smaller segments from now on, and what was lost at once. */
function tooBig(tcb: Tcb, mtuBytes: number): void {
  const { route } = tcb;
  const before = route.mtuBytes;
  if (mtuBytes >= before) return;
  route.reduceMtu(mtuBytes);
  if (route.mtuBytes >= before || tcb.stateNumber < STATE.ESTABLISHED) return;
  updateMss(tcb);
  tcb.congestion.cwndBytes = Math.max(tcb.congestion.cwndBytes, tcb.mss);
  resendFlight(tcb);
}

/**
 * Unreachable: an attempt fails at once (as RFC 5461 finds everybody doing it). An established
 * connection goes on, and the error becomes the reason if it times out.
 */
function unreachable(tcb: Tcb, kind: NetworkErrorKind): void {
  const error: TcpError =
    kind === "port-unreachable"
      ? "ECONNREFUSED"
      : kind === "net-unreachable"
        ? "ENETUNREACH"
        : "EHOSTUNREACH";
  if (tcb.stateNumber < STATE.ESTABLISHED) endWithError(tcb, error);
  else tcb.softError = error;
}
