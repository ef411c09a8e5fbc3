/** The largest number of times that the timeout is doubled; the limit is reached long before. */
const MAX_BACKOFF = 16;

/** Longer measurements count as this, so that every sum stays within 31 bits. */
const MAX_RTT_US = 0x800_0000;

/**
 * Round-trip time and retransmission timeout (RFC 6298). Times are microseconds.
 *
 * The two averages are kept as integers, scaled by what their gains divide by (Jacobson, "Congestion
 * Avoidance and Control", appendix A): every acknowledgment comes through here, and integers are
 * stored without a box.
 *
 * Karn's rule is kept by the callers: nothing that was sent twice is measured, unless timestamps
 * tell which of the two was answered.
 */
export class RoundTrip {
  /** How often the timeout has been doubled since the last measurement (RFC 6298 5.5). */
  backoff = 0;
  /** The timeout with its backoff. */
  rtoUs: number;
  /** The timeout without it. */
  #baseUs: number;
  /** SRTT * 8 (alpha is 1/8); 0: nothing has been measured. */
  #srtt8 = 0;
  /** RTTVAR * 4 (beta is 1/4), which is also the K * RTTVAR of the timeout. */
  #rttvar4 = 0;
  readonly #minRtoUs: number;
  readonly #maxRtoUs: number;

  constructor(initialRtoUs: number, minRtoUs: number, maxRtoUs: number) {
    this.rtoUs = initialRtoUs;
    this.#baseUs = initialRtoUs;
    this.#minRtoUs = minRtoUs;
    this.#maxRtoUs = maxRtoUs;
  }

  get srttUs(): number {
    return this.#srtt8 >> 3;
  }

  get rttvarUs(): number {
    return this.#rttvar4 >> 2;
  }

  /** Takes one measurement (RFC 6298 2.2 and 2.3: alpha 1/8, beta 1/4, K 4). */
  measured(rttUs: number): void {
    const rtt = rttUs < MAX_RTT_US ? rttUs | 0 : MAX_RTT_US;
    if (this.#srtt8 === 0) {
      this.#srtt8 = rtt > 0 ? rtt << 3 : 1 << 3;
      this.#rttvar4 = rtt << 1;
    } else {
      const error = (rtt - (this.#srtt8 >> 3)) | 0;
      this.#rttvar4 += ((error < 0 ? -error : error) - (this.#rttvar4 >> 2)) | 0;
      this.#srtt8 += error;
    }
    // The clock's granularity (2.3: G) vanishes beside the minimum.
    const rtoUs = ((this.#srtt8 >> 3) + this.#rttvar4) | 0;
    if (rtoUs < this.#minRtoUs) this.restart(this.#minRtoUs);
    else this.restart(rtoUs < this.#maxRtoUs ? rtoUs : this.#maxRtoUs);
  }

  /** The timer has expired. */
  backOff(): void {
    if (this.backoff < MAX_BACKOFF) this.backoff++;
    this.rtoUs = Math.min(this.#baseUs * 2 ** this.backoff, this.#maxRtoUs);
  }

  /** Forgets the backoff: the peer has answered. */
  clearBackoff(): void {
    this.restart(this.#baseUs);
  }

  /** Sets the timeout: a measurement says so, or the handshake took a retransmission (5.7). */
  restart(rtoUs: number): void {
    this.#baseUs = rtoUs;
    this.rtoUs = rtoUs;
    this.backoff = 0;
  }
}
