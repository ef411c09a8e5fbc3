/** The user's calls on a connection: RFC 9293 3.10.2 to 3.10.6. */
import { afterRead, offer } from "./deliver.ts";
import { forget, setState, tellCloseWhenRead } from "./lifecycle.ts";
import { NULL_HANDLER } from "./null-handler.ts";
import { resetConnection } from "./reset.ts";
import { armTimer, markDirty } from "./schedule.ts";
import { STATE, STATE_NAME, Tcb } from "./state.ts";
import type { TcpInfo, TcpState } from "./types.ts";

export class Connection extends Tcb {
  get state(): TcpState {
    return STATE_NAME[this.stateNumber]!;
  }

  get sendSpace(): number {
    return this.#canSend() ? this.sendQueue.space : 0;
  }

  get receiveQueueBytes(): number {
    return this.receiveQueue.unreadBytes;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    if (length <= 0 || !this.#canSend()) return 0;
    return this.#sent(this.sendQueue.append(bytes, offset, length), length);
  }

  sendPacketMemory(offset: number, length: number): number {
    if (length <= 0 || !this.#canSend()) return 0;
    return this.#sent(this.sendQueue.appendPacketMemory(offset, length), length);
  }

  receive(target: Uint8Array, offset: number, length: number): number {
    const taken = this.receiveQueue.receive(target, offset, length);
    if (taken === 0) return 0;
    this.hasRead = true;
    if (this.stateNumber >= STATE.ESTABLISHED) markDirty(this);
    if (this.receiveQueue.unreadBytes === 0 && this.finDone && !this.endTold) {
      // The caller is not to be called back from inside its own call.
      this.context.kernel.defer(() => afterRead(this));
    }
    return taken;
  }

  resume(): void {
    offer(this);
  }

  shutdown(): void {
    if (this.finQueued) return;
    switch (this.stateNumber) {
      case STATE.SYN_SENT:
      case STATE.SYN_RECEIVED:
        this.finQueued = true;
        return;
      case STATE.ESTABLISHED:
        setState(this, STATE.FIN_WAIT_1);
        break;
      case STATE.CLOSE_WAIT:
        setState(this, STATE.LAST_ACK);
        break;
      default:
        return;
    }
    this.finQueued = true;
    markDirty(this);
  }

  close(): void {
    if (this.isOrphan || this.closeTold) return;
    this.isOrphan = true;
    const { stateNumber } = this;
    if (stateNumber === STATE.SYN_SENT || stateNumber === STATE.CLOSED) {
      this.#end();
    } else if (this.receiveQueue.unreadBytes > 0) {
      // RFC 9293 3.6.1: the peer should know that data was lost.
      resetConnection(this);
      this.#end();
    } else if (stateNumber === STATE.TIME_WAIT) {
      this.context.kernel.defer(() => tellCloseWhenRead(this));
    } else {
      this.shutdown();
      this.lifeAtUs = Infinity;
      if (this.stateNumber === STATE.FIN_WAIT_2) {
        const { kernel, limits } = this.context;
        this.lifeAtUs = kernel.nowUs() + limits.finWait2Us;
        armTimer(this, this.lifeAtUs);
      }
    }
  }

  abort(): void {
    resetConnection(this);
    this.closeTold = true;
    this.handler = NULL_HANDLER;
    forget(this);
    this.receiveQueue.dispose();
  }

  setNoDelay(noDelay: boolean): void {
    this.noDelay = noDelay;
    if (noDelay && this.stateNumber >= STATE.ESTABLISHED) markDirty(this);
  }

  setKeepAlive(
    idleUs: number,
    intervalUs: number = this.keepAliveIntervalUs,
    probes: number = this.keepAliveProbes,
  ): void {
    this.keepAliveIdleUs = idleUs;
    this.keepAliveIntervalUs = intervalUs;
    this.keepAliveProbes = probes;
    this.probesSent = 0;
    if (this.stateNumber < STATE.ESTABLISHED || this.stateNumber === STATE.TIME_WAIT) return;
    if (this.isOrphan) return;
    this.lifeAtUs = Infinity;
    if (idleUs <= 0) return;
    this.lifeAtUs = this.context.kernel.nowUs() + idleUs;
    armTimer(this, this.lifeAtUs);
  }

  setUserTimeout(us: number): void {
    this.userTimeoutUs = us;
  }

  info(into: TcpInfo): void {
    into.state = this.state;
    into.bytesSent = this.bytesSent;
    into.bytesReceived = this.bytesReceived;
    into.segmentsSent = this.segmentsSent;
    into.segmentsReceived = this.segmentsReceived;
    into.retransmits = this.retransmits;
    into.srttUs = this.rtt.srttUs;
    into.rttvarUs = this.rtt.rttvarUs;
    into.rtoUs = this.rtt.rtoUs;
    into.cwndBytes = this.congestion.cwndBytes;
    into.ssthreshBytes = this.congestion.ssthreshBytes;
    into.sendWindowBytes = this.sndWnd;
    into.receiveWindowBytes = Math.max(0, (this.rcvEdge - this.rcvNxt) | 0);
    into.sendQueueBytes = this.sendQueue.usedBytes;
    into.receiveQueueBytes = this.receiveQueue.unreadBytes;
    into.mssBytes = this.mss;
  }

  #canSend(): boolean {
    const { stateNumber } = this;
    if (this.finQueued) return false;
    if (stateNumber >= STATE.SYN_SENT && stateNumber <= STATE.CLOSE_WAIT) return true;
    return false;
  }

  #sent(taken: number, length: number): number {
    if (taken < length) {
      this.wantsSpace = true;
      if (taken === 0 && this.sendQueue.usedBytes === 0) this.#starve();
    }
    if (taken === 0) return 0;
    this.wantsDrain = true;
    if (this.stateNumber >= STATE.ESTABLISHED) markDirty(this);
    return taken;
  }

  /** No acknowledgment will make room, so the stack asks again when memory is free. */
  #starve(): void {
    const { context } = this;
    context.counters.memoryRefusals++;
    if (this.isStarved) return;
    this.isStarved = true;
    context.starved.push(this);
  }

  /** The connection is gone at the user's wish; `onClose` comes in a later turn. */
  #end(): void {
    forget(this);
    this.receiveQueue.dispose();
    this.closeDue = true;
    this.context.kernel.defer(() => tellCloseWhenRead(this));
  }
}
