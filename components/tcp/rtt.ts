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
  #rtoUs: number;
  readonly #minRtoUs: number;
  readonly #maxRtoUs: number;

  constructor(initialRtoUs: number, minRtoUs: number, maxRtoUs: number) {
    this.#rtoUs = initialRtoUs;
    this.#minRtoUs = minRtoUs;
    this.#maxRtoUs = maxRtoUs;
  }

  /** The timeout with its backoff. */
  get rtoUs(): number {
    return Math.min(this.#rtoUs * 2 ** this.backoff, this.#maxRtoUs);
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
    this.#rtoUs = Math.min(Math.max(rtoUs, this.#minRtoUs), this.#maxRtoUs);
    this.backoff = 0;
  }

  /** The timer has expired. */
  backOff(): void {
    if (this.backoff < MAX_BACKOFF) this.backoff++;
  }

  /** Begins anew with a timeout, because the handshake took a retransmission (RFC 6298 5.7). */
  restart(rtoUs: number): void {
    this.#rtoUs = rtoUs;
    this.backoff = 0;
  }
}
