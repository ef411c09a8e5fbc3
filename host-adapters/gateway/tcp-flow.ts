/**
 * One TCP flow: a connection of our stack and a socket of the host, joined.
 *
 * Both halves have the same shape, so every event of one is a call on the other:
 *
 *     application's stack ── connection ── TcpFlow ── socket ── host
 *     onData  -> write      onEnd -> shutdown      onClose(error) -> abort
 *
 * Back-pressure: each side takes what it has room for. What is not taken stays in the queue of the
 * side that it came from, whose window closes, until the other side says `onSpace`.
 *
 * Invariant: a flow is in the table while one of its halves is open.
 */
import type { TcpConnection, TcpError, TcpHandler, TcpState } from "../../components/tcp/mod.ts";
import type { GatewayCounters } from "./counters.ts";
import type { HostError, HostTcpHandler, HostTcpSocket } from "./host-sockets.ts";

/** What all flows of a gateway share. */
export interface TcpFlowTable {
  /** Packet memory, which the stack's offsets index. */
  readonly memory: Uint8Array;
  readonly counters: GatewayCounters;
  readonly flows: Set<TcpFlow>;
  /** The last flow has ended. */
  onEmpty(): void;
  /** Sees to the end of a batch soon, where the stack itself has no reason to. */
  wake(): void;
}

/** States in which our stack has the application's FIN. */
const FINISHED: ReadonlySet<TcpState> = new Set<TcpState>([
  "CLOSE-WAIT",
  "CLOSING",
  "LAST-ACK",
  "TIME-WAIT",
  "CLOSED",
]);

/** When a silent application is asked whether it still is there, and how often (RFC 9293 3.8.4). */
const KEEP_ALIVE_IDLE_US = 60_000_000;
const KEEP_ALIVE_INTERVAL_US = 5_000_000;
const KEEP_ALIVE_PROBES = 3;

/** How a flow comes to have its second half. */
export interface TcpFlowOpening {
  /** The host's socket is connected: accept the application's connection. */
  onHostConnected(flow: TcpFlow): void;
  /** The host's socket failed before that. */
  onHostFailed(flow: TcpFlow, error: HostError | undefined): void;
}

/** Events of the host, for the connection. */
class FromHost implements HostTcpHandler {
  readonly #flow: TcpFlow;

  constructor(flow: TcpFlow) {
    this.#flow = flow;
  }

  onConnect(): void {
    this.#flow.hostConnected();
  }

  onData(_socket: HostTcpSocket, bytes: Uint8Array): number {
    return this.#flow.toApplication(bytes);
  }

  onEnd(): void {
    this.#flow.hostEnded();
  }

  onSpace(): void {
    this.#flow.hostHasSpace();
  }

  onClose(_socket: HostTcpSocket, error: HostError | undefined): void {
    this.#flow.hostClosed(error);
  }
}

/** A flow is itself the handler of its connection. */
export class TcpFlow implements TcpHandler {
  readonly fromHost: HostTcpHandler;
  /** Each half is set when it is there, and undefined again when it is gone. */
  connection: TcpConnection | undefined;
  socket: HostTcpSocket | undefined;
  readonly #table: TcpFlowTable;
  #opening: TcpFlowOpening | undefined;
  /** The application's stack has said that its half is established. */
  #isEstablished = false;
  #isPending = true;

  /** @param opening Absent for flows whose host socket is connected from the start. */
  constructor(table: TcpFlowTable, opening: TcpFlowOpening | undefined) {
    this.#table = table;
    this.#opening = opening;
    this.fromHost = new FromHost(this);
    table.flows.add(this);
    table.counters.tcpFlowsOpen++;
    table.counters.tcpFlowsPending++;
  }

  /** True when the application has sent all that it will: only the host still has to take it. */
  get isFinishing(): boolean {
    return this.connection === undefined || FINISHED.has(this.connection.state);
  }

  /** Sets the application's half. */
  join(connection: TcpConnection): void {
    this.connection = connection;
    // What the host sends goes on at once; and an application that was torn away without a word
    // (its reset found a full queue) is noticed.
    connection.setNoDelay(true);
    connection.setKeepAlive(KEEP_ALIVE_IDLE_US, KEEP_ALIVE_INTERVAL_US, KEEP_ALIVE_PROBES);
  }

  onConnect(): void {
    this.#isEstablished = true;
    this.#endPending();
    this.socket?.resume();
  }

  onData(_connection: TcpConnection, offset: number, length: number): number {
    const taken = this.socket?.write(this.#table.memory, offset, length) ?? 0;
    this.#table.counters.tcpBytesOut += taken;
    return taken;
  }

  onEnd(): void {
    this.socket?.shutdown();
  }

  onSpace(): void {
    this.socket?.resume();
  }

  onClose(_connection: TcpConnection, error: TcpError | undefined): void {
    this.connection = undefined;
    if (error !== undefined) {
      if (this.#isEstablished) this.#table.counters.tcpFlowsReset++;
      else this.#table.counters.tcpFlowsRefused++;
      this.socket?.abort();
      this.socket = undefined;
    }
    this.#leaveIfGone();
  }

  hostConnected(): void {
    const opening = this.#opening;
    this.#opening = undefined;
    opening?.onHostConnected(this);
    if (this.connection === undefined) this.refuse();
  }

  toApplication(bytes: Uint8Array): number {
    const taken = this.connection?.send(bytes, 0, bytes.length) ?? 0;
    this.#table.counters.tcpBytesIn += taken;
    return taken;
  }

  hostEnded(): void {
    // From now on the application may be gone before the host has taken its last bytes.
    this.socket?.hold();
    this.connection?.shutdown();
  }

  hostHasSpace(): void {
    this.connection?.resume();
    this.#table.wake();
  }

  hostClosed(error: HostError | undefined): void {
    this.socket = undefined;
    if (this.#opening !== undefined) {
      this.#opening.onHostFailed(this, error);
      this.#opening = undefined;
      this.#table.counters.tcpFlowsRefused++;
    } else if (error !== undefined) {
      this.#table.counters.tcpFlowsReset++;
      this.connection?.abort();
      this.connection = undefined;
    }
    this.#leaveIfGone();
  }

  /** The second half could not be opened: reset the first. */
  refuse(): void {
    this.#table.counters.tcpFlowsRefused++;
    this.abort();
  }

  /** Resets both halves. */
  abort(): void {
    this.connection?.abort();
    this.socket?.abort();
    this.connection = this.socket = undefined;
    this.#leaveIfGone();
  }

  #endPending(): void {
    if (!this.#isPending) return;
    this.#isPending = false;
    this.#table.counters.tcpFlowsPending--;
  }

  #leaveIfGone(): void {
    if (this.connection !== undefined || this.socket !== undefined) return;
    this.#endPending();
    const { flows, counters, onEmpty } = this.#table;
    if (!flows.delete(this)) return;
    counters.tcpFlowsOpen--;
    if (flows.size === 0) onEmpty();
  }
}
