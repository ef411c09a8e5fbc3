import type { Kernel } from "../../libos/kernel/mod.ts";
import { readU16, writeU16 } from "../../libos/kernel/mod.ts";
import type { Tcp, TcpConnection, TcpHandler } from "../tcp/mod.ts";
import type { DnsServer } from "./types.ts";
import { DNS_PORT } from "./wire.ts";

/** One query over TCP: each message has a u16 with its length before it (RFC 1035, 4.2.2). */
class TcpQuery implements TcpHandler {
  readonly #kernel: Kernel;
  readonly #outgoing: Uint8Array;
  /** Grows once, when the length is known. */
  #incoming: Uint8Array = new Uint8Array(2);
  readonly #done: (response: Uint8Array | undefined) => void;
  #sent = 0;
  #received = 0;
  #isEnded = false;
  connection: TcpConnection | undefined;

  constructor(kernel: Kernel, query: Uint8Array, done: (response: Uint8Array | undefined) => void) {
    this.#kernel = kernel;
    this.#done = done;
    this.#outgoing = new Uint8Array(2 + query.length);
    writeU16(this.#outgoing, 0, query.length);
    this.#outgoing.set(query, 2);
  }

  onConnect(connection: TcpConnection): void {
    this.connection = connection;
    this.onSpace(connection);
  }

  onSpace(connection: TcpConnection): void {
    const rest = this.#outgoing.length - this.#sent;
    if (rest > 0) this.#sent += connection.send(this.#outgoing, this.#sent, rest);
  }

  onData(_connection: TcpConnection, offset: number, length: number): number {
    let taken = 0;
    while (taken < length && !this.#isEnded) {
      const room = Math.min(this.#incoming.length - this.#received, length - taken);
      this.#kernel.memory.packet.copyOut(this.#incoming, this.#received, offset + taken, room);
      this.#received += room;
      taken += room;
      if (this.#received === 2) this.#grow();
      if (this.#received > 2 && this.#received === this.#incoming.length) {
        this.#end(this.#incoming.slice(2));
      }
    }
    return length;
  }

  onEnd(_connection: TcpConnection): void {
    this.#end(undefined);
  }

  onClose(_connection: TcpConnection): void {
    this.connection = undefined;
    this.#end(undefined);
  }

  cancel(): void {
    this.#isEnded = true;
    this.connection?.abort();
    this.connection = undefined;
  }

  #grow(): void {
    const bytes = readU16(this.#incoming, 0);
    const incoming = new Uint8Array(2 + bytes);
    incoming.set(this.#incoming);
    this.#incoming = incoming;
    if (bytes === 0) this.#end(undefined);
  }

  #end(response: Uint8Array | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.connection?.close();
    this.connection = undefined;
    this.#done(response);
  }
}

/**
 * Asks one server over TCP.
 *
 * @param done Called once with the response's bytes, or undefined when the connection failed; not
 *   after the returned function was called. There is no time limit: that is the caller's.
 * @returns Cancels; or undefined when no connection could be begun.
 */
export function startTcpQuery(
  kernel: Kernel,
  tcp: Tcp,
  server: DnsServer,
  query: Uint8Array,
  done: (response: Uint8Array | undefined) => void,
): (() => void) | undefined {
  const handler = new TcpQuery(kernel, query, done);
  const port = server.port ?? DNS_PORT;
  const connection = tcp.connect({ address: server.address, port, handler });
  if (typeof connection === "string") return undefined;
  handler.connection = connection;
  return () => handler.cancel();
}
