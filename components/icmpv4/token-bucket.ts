/** Allows so many events in a second, and so many at once. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledUs = 0;

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** @returns True when one more event is allowed now; it is counted. */
  take(nowUs: number): boolean {
    const earned = ((nowUs - this.#filledUs) * this.#perSecond) / 1e6;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    this.#filledUs = nowUs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
