/**
 * DNS over TCP (RFC 7766): each message has a u16 with its length before it; queries may follow each
 * other at once, and are answered in their order.
 *
 * A connection holds at most one query that has not arrived as a whole and one response that does not
 * fit the send queue. Until that is sent nothing more is read, so a peer that does not read stops
 * being read from.
 */
import { readU16, writeU16, type Kernel, type TimerEntry } from "../../libos/kernel/mod.ts";
import type { TcpConnection, TcpHandler } from "../tcp/mod.ts";
import type { DnsServerLimits } from "./limits.ts";
import type { DnsResponder } from "./responder.ts";

const PREFIX_BYTES = 2;

/** All TCP connections of a server, those quiet for longest first. */
export class TcpSessions {
  readonly kernel: Kernel;
  readonly responder: DnsResponder;
  readonly limits: DnsServerLimits;
  readonly #sessions = new Set<TcpSession>();

  constructor(kernel: Kernel, responder: DnsResponder, limits: DnsServerLimits) {
    this.kernel = kernel;
    this.responder = responder;
    this.limits = limits;
  }

  get count(): number {
    return this.#sessions.size;
  }

  open(connection: TcpConnection): void {
    const [quietest] = this.#sessions;
    if (this.#sessions.size >= this.limits.maxConnections) quietest?.abort();
    const session = new TcpSession(this, connection);
    connection.handler = session;
    // A response is whole when it is sent: nothing is won by waiting for a second one.
    connection.setNoDelay(true);
    this.touch(session);
  }

  /** A session is busy: it moves to the end. */
  touch(session: TcpSession): void {
    this.#sessions.delete(session);
    this.#sessions.add(session);
  }

  forget(session: TcpSession): void {
    this.#sessions.delete(session);
  }

  close(): void {
    for (const session of [...this.#sessions]) session.abort();
  }
}

class TcpSession implements TcpHandler {
  readonly #owner: TcpSessions;
  readonly #connection: TcpConnection;
  readonly #timer: TimerEntry;
  /** The part of a query that has arrived; its length first. Made when a query comes in parts. */
  #partial: Uint8Array | undefined;
  #partialBytes = 0;
  /** The part of a response that is to be sent. */
  #unsent: Uint8Array | undefined;
  #isEnding = false;

  constructor(owner: TcpSessions, connection: TcpConnection) {
    this.#owner = owner;
    this.#connection = connection;
    this.#timer = owner.kernel.timers.create((session: TcpSession) => session.abort(), this);
    this.#rest();
  }

  /** Resets the connection: it was quiet for too long, or another takes its place. */
  abort(): void {
    this.#connection.abort();
    this.#end();
  }

  onConnect(): void {}

  onData(connection: TcpConnection, offset: number, length: number): number {
    this.#owner.touch(this);
    this.#rest();
    const memory = this.#owner.kernel.memory.packet.bytes;
    let taken = 0;
    while (taken < length && this.#unsent === undefined) {
      const count = this.#take(memory, offset + taken, length - taken);
      if (count < 0) {
        // A query longer than any that makes sense: what follows cannot be told apart.
        this.abort();
        return length;
      }
      taken += count;
    }
    return taken;
  }

  /** Reads up to the end of one query. @returns How many bytes were read, or -1: it is too long. */
  #take(bytes: Uint8Array, offset: number, length: number): number {
    const { limits } = this.#owner;
    if (this.#partialBytes === 0 && length >= PREFIX_BYTES) {
      const queryBytes = readU16(bytes, offset);
      if (queryBytes > limits.maxQueryBytes) return -1;
      if (length >= PREFIX_BYTES + queryBytes) {
        this.#answer(bytes, offset + PREFIX_BYTES, queryBytes);
        return PREFIX_BYTES + queryBytes;
      }
    }
    const partial = (this.#partial ??= new Uint8Array(PREFIX_BYTES + limits.maxQueryBytes));
    const needed =
      this.#partialBytes < PREFIX_BYTES ? PREFIX_BYTES : PREFIX_BYTES + readU16(partial, 0);
    const count = Math.min(length, needed - this.#partialBytes);
    this.#owner.kernel.memory.packet.copyOut(partial, this.#partialBytes, offset, count);
    this.#partialBytes += count;
    if (this.#partialBytes < PREFIX_BYTES) return count;
    const queryBytes = readU16(partial, 0);
    if (queryBytes > limits.maxQueryBytes) return -1;
    if (this.#partialBytes === PREFIX_BYTES + queryBytes) {
      this.#partialBytes = 0;
      this.#answer(partial, PREFIX_BYTES, queryBytes);
    }
    return count;
  }

  #answer(bytes: Uint8Array, offset: number, length: number): void {
    const { responder } = this.#owner;
    const responseBytes = responder.respond(bytes, offset, length, true);
    if (responseBytes === 0) return;
    const framed = new Uint8Array(PREFIX_BYTES + responseBytes);
    writeU16(framed, 0, responseBytes);
    framed.set(responder.response.subarray(0, responseBytes), PREFIX_BYTES);
    this.#send(framed);
  }

  #send(framed: Uint8Array): void {
    const sent = this.#connection.send(framed, 0, framed.length);
    this.#unsent = sent < framed.length ? framed.subarray(sent) : undefined;
  }

  onSpace(connection: TcpConnection): void {
    if (this.#unsent === undefined) return;
    this.#send(this.#unsent);
    if (this.#unsent !== undefined) return;
    this.#rest();
    if (this.#isEnding) connection.close();
    else connection.resume();
  }

  onEnd(connection: TcpConnection): void {
    this.#isEnding = true;
    if (this.#unsent === undefined) connection.close();
  }

  onClose(): void {
    this.#end();
  }

  #rest(): void {
    const { kernel, limits } = this.#owner;
    this.#timer.set(kernel.nowUs() + limits.idleUs);
  }

  #end(): void {
    this.#timer.cancel();
    this.#owner.forget(this);
  }
}
