import type { Entropy } from "../../libos/hal/mod.ts";
import type { Address } from "../ip/mod.ts";
import { SipHash } from "./siphash.ts";

/** One tick of the clock of initial sequence numbers (RFC 9293 3.4.1). */
const ISN_TICK_US = 4;

/** What a hash is for; it is hashed too, so that one use tells nothing about another. */
const PURPOSE = { SEQUENCE: 1, TIMESTAMP: 2, COOKIE: 3, PORT: 4 } as const;

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

  /** ISN = M + F(localip, localport, remoteip, remoteport, secretkey) (RFC 6528 3). */
  initialSequence(
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
    nowUs: number,
  ): number {
    const offset = this.#tuple(PURPOSE.SEQUENCE, local, localPort, remote, remotePort, 0, 0);
    return (offset + Math.floor(nowUs / ISN_TICK_US)) | 0;
  }

  /** What is added to the clock in the timestamps of a connection. */
  timestampOffset(local: Address, localPort: number, remote: Address, remotePort: number): number {
    return this.#tuple(PURPOSE.TIMESTAMP, local, localPort, remote, remotePort, 0, 0);
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
    return this.#tuple(PURPOSE.COOKIE, local, localPort, remote, remotePort, peerSequence, period);
  }

  /** Uniform random integer, 0 <= it < `bound` <= 65,536. */
  below(bound: number): number {
    return Math.floor(((this.random32() >>> 0) / 2 ** 32) * bound);
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

  #tuple(
    purpose: number,
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
    first: number,
    second: number,
  ): number {
    const words = this.#words;
    words[0] = local;
    words[1] = remote;
    // Interned addresses have more than 32 bits.
    words[2] = Math.floor(local / 2 ** 32);
    words[3] = Math.floor(remote / 2 ** 32);
    words[4] = (localPort << 16) | remotePort;
    words[5] = purpose;
    words[6] = first;
    words[7] = second;
    this.#hash.hash(words, 8);
    return this.#hash.low;
  }
}
