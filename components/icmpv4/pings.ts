import type { Entropy } from "../../libos/hal/mod.ts";
import type { Kernel, TimerEntry } from "../../libos/kernel/mod.ts";
import { readU16 } from "../../libos/kernel/mod.ts";
import type { Address, NetworkErrorKind } from "../ip/mod.ts";
import type { PingOptions, PingResult } from "./types.ts";
import { ICMP } from "./wire.ts";

const DEFAULT_TIMEOUT_US = 5_000_000;

interface Ping {
  readonly address: Address;
  readonly dataBytes: number;
  readonly sentUs: number;
  readonly timer: TimerEntry;
  readonly done: (result: PingResult) => void;
}

/** @returns Undefined when the request was sent, else why not. */
export type SendEcho = (
  options: PingOptions,
  identifier: number,
  sequence: number,
) => PingResult | undefined;

/** The echo requests of ours that wait for an answer, by sequence number. */
export class Pings {
  readonly #kernel: Kernel;
  readonly #maxPings: number;
  readonly #send: SendEcho;
  readonly #identifier: number;
  readonly #pending = new Map<number, Ping>();
  #sequence = 0;

  constructor(kernel: Kernel, entropy: Entropy, maxPings: number, send: SendEcho) {
    this.#kernel = kernel;
    this.#maxPings = maxPings;
    this.#send = send;
    const random = new Uint8Array(2);
    entropy.fill(random);
    this.#identifier = readU16(random, 0);
  }

  start(options: PingOptions, done: (result: PingResult) => void): () => void {
    if (this.#pending.size >= this.#maxPings) {
      done({ kind: "not-sent", why: "too-many" });
      return () => {};
    }
    const sequence = this.#freeSequence();
    const failure = this.#send(options, this.#identifier, sequence);
    if (failure !== undefined) {
      done(failure);
      return () => {};
    }
    const sentUs = this.#kernel.nowUs();
    const timer = this.#kernel.timers.create(
      () => this.#end(sequence, ping, { kind: "timeout" }),
      undefined,
    );
    timer.set(sentUs + (options.timeoutUs ?? DEFAULT_TIMEOUT_US));
    const { address, dataBytes = 56 } = options;
    const ping: Ping = { address, dataBytes, sentUs, timer, done };
    this.#pending.set(sequence, ping);
    return () => {
      timer.cancel();
      if (this.#pending.get(sequence) === ping) this.#pending.delete(sequence);
    };
  }

  /** Takes an echo reply; one that answers nothing of ours is ignored. */
  reply(bytes: Uint8Array, offset: number, length: number, source: Address, ttl: number): void {
    const ping = this.#find(bytes, offset, source);
    if (ping === undefined || length - ICMP.HEADER_BYTES !== ping.dataBytes) return;
    const data = offset + ICMP.HEADER_BYTES;
    for (let index = 0; index < ping.dataBytes; index++) {
      if (bytes[data + index] !== (index & 255)) return;
    }
    const rttUs = this.#kernel.nowUs() - ping.sentUs;
    const sequence = readU16(bytes, offset + ICMP.SEQUENCE);
    this.#end(sequence, ping, { kind: "reply", rttUs, ttl, dataBytes: ping.dataBytes });
  }

  isPending(bytes: Uint8Array, offset: number, destination: Address): boolean {
    return this.#find(bytes, offset, destination) !== undefined;
  }

  /** The request at `offset` is said not to have arrived. */
  fail(bytes: Uint8Array, offset: number, destination: Address, why: NetworkErrorKind): void {
    const ping = this.#find(bytes, offset, destination);
    const sequence = readU16(bytes, offset + ICMP.SEQUENCE);
    if (ping !== undefined) this.#end(sequence, ping, { kind: "error", why });
  }

  stop(): void {
    for (const { timer } of this.#pending.values()) timer.cancel();
    this.#pending.clear();
  }

  #find(bytes: Uint8Array, offset: number, address: Address): Ping | undefined {
    if (readU16(bytes, offset + ICMP.IDENTIFIER) !== this.#identifier) return undefined;
    const ping = this.#pending.get(readU16(bytes, offset + ICMP.SEQUENCE));
    return ping?.address === address ? ping : undefined;
  }

  #freeSequence(): number {
    do this.#sequence = (this.#sequence + 1) & 0xffff;
    while (this.#pending.has(this.#sequence));
    return this.#sequence;
  }

  #end(sequence: number, ping: Ping, result: PingResult): void {
    ping.timer.cancel();
    this.#pending.delete(sequence);
    ping.done(result);
  }
}
