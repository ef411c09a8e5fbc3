/** One TCP connection to the name server: messages with their length before them (RFC 1035 4.2.2). */
import type { TcpConnection, TcpHandler, TcpRequest } from "../../components/tcp/mod.ts";
import { readU16, writeU16 } from "../../libos/kernel/mod.ts";
import type { AnswerDns } from "./dns-server.ts";

/** A query has one name; what is longer than this is none. */
const MAX_QUERY_BYTES = 4_096;
/** Queries of one connection under way; then it is read no more (RFC 7766 6.2.1.1). */
const MAX_PIPELINED = 16;
const LENGTH_BYTES = 2;

export interface DnsConnectionNeeds {
  /** Packet memory. */
  readonly memory: Uint8Array;
  nowUs(): number;
  readonly answer: AnswerDns;
}

export class DnsConnection implements TcpHandler {
  readonly #needs: DnsConnectionNeeds;
  readonly #onEnd: () => void;
  readonly #buffer: Uint8Array = new Uint8Array(LENGTH_BYTES + MAX_QUERY_BYTES);
  #filled = 0;
  #pending = 0;
  #hasEnded = false;
  #connection: TcpConnection | undefined;
  /** When it last said something. */
  usedUs: number = 0;

  /** @param onEnd Called once when the connection is gone. */
  constructor(needs: DnsConnectionNeeds, onEnd: () => void) {
    this.#needs = needs;
    this.#onEnd = onEnd;
  }

  /** @returns False when the connection could not be accepted. */
  accept(request: TcpRequest): boolean {
    const accepted = request.accept(this);
    if (typeof accepted === "string") return false;
    accepted.setNoDelay(true);
    this.#connection = accepted;
    this.#touch();
    return true;
  }

  onConnect(): void {}

  onData(_connection: TcpConnection, offset: number, length: number): number {
    this.#touch();
    const { memory } = this.#needs;
    let consumed = 0;
    while (consumed < length && this.#pending < MAX_PIPELINED && this.#connection !== undefined) {
      consumed += this.#fill(memory, offset + consumed, length - consumed);
    }
    return consumed;
  }

  onEnd(): void {
    this.#hasEnded = true;
    this.#closeIfDone();
  }

  onSpace(): void {}

  onClose(): void {
    this.#gone();
  }

  /** Takes bytes up to the end of the message under way, and answers it when it is whole. */
  #fill(memory: Uint8Array, offset: number, length: number): number {
    const buffer = this.#buffer;
    const wanted = this.#filled < LENGTH_BYTES ? LENGTH_BYTES : LENGTH_BYTES + readU16(buffer, 0);
    if (wanted > buffer.length) {
      this.abort();
      return 0;
    }
    const count = Math.min(wanted - this.#filled, length);
    buffer.set(memory.subarray(offset, offset + count), this.#filled);
    this.#filled += count;
    if (this.#filled === wanted && (wanted > LENGTH_BYTES || readU16(buffer, 0) === 0)) {
      this.#filled = 0;
      this.#ask(buffer.subarray(LENGTH_BYTES, wanted));
    }
    return count;
  }

  #ask(message: Uint8Array): void {
    this.#pending++;
    this.#needs.answer(message, "tcp", (response) => {
      this.#pending--;
      if (response !== undefined) this.#send(response);
      if (this.#pending === MAX_PIPELINED - 1) this.#connection?.resume();
      this.#closeIfDone();
    });
  }

  #send(response: Uint8Array): void {
    const framed = new Uint8Array(LENGTH_BYTES + response.length);
    writeU16(framed, 0, response.length);
    framed.set(response, LENGTH_BYTES);
    const sent = this.#connection?.send(framed, 0, framed.length);
    // A client that asks and does not read is not waited for.
    if (sent !== undefined && sent < framed.length) this.abort();
    else this.#touch();
  }

  #touch(): void {
    this.usedUs = this.#needs.nowUs();
  }

  #closeIfDone(): void {
    if (this.#hasEnded && this.#pending === 0) this.#connection?.shutdown();
  }

  abort(): void {
    this.#connection?.abort();
    this.#gone();
  }

  #gone(): void {
    if (this.#connection === undefined) return;
    this.#connection = undefined;
    this.#onEnd();
  }
}
