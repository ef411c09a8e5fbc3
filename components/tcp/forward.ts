/** SYNs for a forwarder: the gateway takes connections to any address and port. */
import type { Address } from "../ip/mod.ts";
import { beginSending, initialSequence, takeSyn } from "./handshake.ts";
import { forget, setState } from "./lifecycle.ts";
import { replyResetTo } from "./reset.ts";
import { hasRoom } from "./room.ts";
import { armTimer, markDirty } from "./schedule.ts";
import type { Segment } from "./segment.ts";
import { type Context, STATE, type Tcb } from "./state.ts";
import type { TcpConnection, TcpError, TcpHandler, TcpRequest } from "./types.ts";

class Request implements TcpRequest {
  readonly #tcb: Tcb;

  constructor(tcb: Tcb) {
    this.#tcb = tcb;
  }

  get localAddress(): Address {
    return this.#tcb.localAddress;
  }

  get localPort(): number {
    return this.#tcb.localPort;
  }

  get remoteAddress(): Address {
    return this.#tcb.remoteAddress;
  }

  get remotePort(): number {
    return this.#tcb.remotePort;
  }

  get sequence(): number {
    return this.#tcb.irs >>> 0;
  }

  accept(handler: TcpHandler): TcpConnection | TcpError {
    const tcb = this.#tcb;
    if (tcb.stateNumber !== STATE.REQUESTED) return "ECONNABORTED";
    tcb.handler = handler;
    tcb.context.counters.passiveOpens++;
    tcb.lifeAtUs = Infinity;
    setState(tcb, STATE.SYN_RECEIVED);
    tcb.synDue = true;
    markDirty(tcb);
    return tcb;
  }

  reject(how: "reset" | "drop"): void {
    const tcb = this.#tcb;
    if (tcb.stateNumber !== STATE.REQUESTED) return;
    if (how === "reset") replyResetTo(tcb);
    forget(tcb);
  }
}

/** Keeps a SYN as a connection in REQUESTED, and asks the forwarder. */
export function offerToForwarder(
  context: Context,
  segment: Segment,
  local: Address,
  remote: Address,
): void {
  const { limits, counters, table } = context;
  if (context.requestCount >= limits.maxRequests || !hasRoom(context)) {
    counters.connectionRefusals++;
    return;
  }
  const route = context.network.route(remote, local);
  if (route === undefined) return;
  const nowUs = context.kernel.nowUs();
  const tcb = context.create(route, segment.destinationPort, segment.sourcePort);
  tcb.isPassive = true;
  beginSending(tcb, initialSequence(tcb, nowUs));
  takeSyn(tcb, segment, nowUs);
  table.add(tcb);
  setState(tcb, STATE.REQUESTED);
  tcb.lifeAtUs = nowUs + limits.requestTimeoutUs;
  armTimer(tcb, tcb.lifeAtUs);
  context.forward?.(new Request(tcb));
}
