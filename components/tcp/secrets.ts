import type { Entropy } from "../../libos/hal/mod.ts";
import type { Address } from "../ip/mod.ts";
import { SipHash } from "./siphash.ts";

/** One tick of the clock of initial sequence numbers (RFC 9293 3.4.1). */
const ISN_TICK_US = 4;

/** One more than 32 bits hold. */
const WORD = 0x1_0000_0000;

/** What a hash is for; it is hashed too, so that one use tells nothing about another. */
const PURPOSE = { CONNECTION: 1, COOKIE: 2 } as const;

/**
 * Numbers that an outsider must not be able to guess, from one secret key: initial sequence
 * numbers (RFC 6528), offsets of timestamps (RFC 7323 7.1), SYN cookies, and a few random bits.
 */
export class Secrets {
  readonly #hash: SipHash;
  readonly #words: Uint32Array = new Uint32Array(8);
  readonly #entropy: Entropy;
  readonly #pool: Uint8Array = new Uint8Array(256);
  #poolAt: number;

  constructor(entropy: Entropy) {
    const key = new Uint8Array(16);
    entropy.fill(key);
    this.#hash = new SipHash(key);
    this.#entropy = entropy;
    this.#poolAt = this.#pool.length;
  }

  /**
   * Hashes a connection's four numbers, for `initialSequence` and `timestampOffset`: these are the
   * hash's two halves, of which neither tells anything about the other.
   */
  takeConnection(local: Address, localPort: number, remote: Address, remotePort: number): void {
    this.#setWords(PURPOSE.CONNECTION, local, localPort, remote, remotePort);
    this.#hash.hash(this.#words, 6);
  }

  /** ISN = M + F(localip, localport, remoteip, remoteport, secretkey) (RFC 6528 3). */
  initialSequence(nowUs: number): number {
    return (this.#hash.low + Math.floor(nowUs / ISN_TICK_US)) | 0;
  }

  /** What is added to the clock in the timestamps of the connection. */
  get timestampOffset(): number {
    return this.#hash.high;
  }

  /** A hash over a SYN and the time, of which a cookie takes 24 bits. */
  cookie(
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
    peerSequence: number,
    period: number,
  ): number {
    this.#setWords(PURPOSE.COOKIE, local, localPort, remote, remotePort);
    this.#words[6] = peerSequence;
    this.#words[7] = period;
    this.#hash.hash(this.#words, 8);
    return this.#hash.low;
  }

  /** Uniform random integer, 0 <= it < `bound` <= 65,536. */
  below(bound: number): number {
    return Math.floor(((this.random32() >>> 0) / WORD) * bound);
  }

  /** 32 random bits. */
  random32(): number {
    if (this.#poolAt === this.#pool.length) {
      this.#entropy.fill(this.#pool);
      this.#poolAt = 0;
    }
    let value = 0;
    for (let index = 0; index < 4; index++) value = (value << 8) | this.#pool[this.#poolAt++]!;
    return value;
  }

  #setWords(
    purpose: number,
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
  ): void {
    const words = this.#words;
    words[0] = local;
    words[1] = remote;
    // Interned addresses have more than 32 bits.
    words[2] = Math.floor(local / WORD);
    words[3] = Math.floor(remote / WORD);
    words[4] = (localPort << 16) | remotePort;
    words[5] = purpose;
  }
}
