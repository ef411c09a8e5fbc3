/** The largest number of times that the timeout is doubled; the limit is reached long before. */
const MAX_BACKOFF = 16;

/**
 * Round-trip time and retransmission timeout (RFC 6298). Times are microseconds.
 *
 * Karn's rule is kept by the callers: nothing that was sent twice is measured, unless timestamps
 * tell which of the two was answered.
 */
export class RoundTrip {
  srttUs = 0;
  rttvarUs = 0;
  /** How often the timeout has been doubled since the last measurement (RFC 6298 5.5). */
  backoff = 0;
  /** The timeout with its backoff. */
  rtoUs: number;
  /** The timeout without it. */
  #baseUs: number;
  readonly #minRtoUs: number;
  readonly #maxRtoUs: number;

  constructor(initialRtoUs: number, minRtoUs: number, maxRtoUs: number) {
    this.rtoUs = initialRtoUs;
    this.#baseUs = initialRtoUs;
    this.#minRtoUs = minRtoUs;
    this.#maxRtoUs = maxRtoUs;
  }

  /** Takes one measurement (RFC 6298 2.2 and 2.3: alpha 1/8, beta 1/4, K 4). */
  measured(rttUs: number): void {
    if (this.srttUs === 0) {
      this.srttUs = Math.max(rttUs, 1);
      this.rttvarUs = rttUs / 2;
    } else {
      this.rttvarUs += (Math.abs(this.srttUs - rttUs) - this.rttvarUs) / 4;
      this.srttUs += (rttUs - this.srttUs) / 8;
    }
    // The clock's granularity (2.3: G) vanishes beside the minimum.
    const rtoUs = Math.ceil(this.srttUs + 4 * this.rttvarUs);
    this.restart(Math.min(Math.max(rtoUs, this.#minRtoUs), this.#maxRtoUs));
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
