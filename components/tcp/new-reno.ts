import type { CongestionControl } from "./congestion.ts";

/** The window never needs to be larger than the largest window that a peer can offer. */
const MAX_CWND_BYTES = 0x4000_0000;

/** In slow start one ACK counts for so many segments at the most (RFC 3465, L; RFC 9406 4.2: 8). */
const SLOW_START_SEGMENTS = 8;

/** Slow start and congestion avoidance by RFC 5681, with the initial window of RFC 6928. */
export class NewReno implements CongestionControl {
  readonly name = "newreno";
  cwndBytes = 0;
  ssthreshBytes: number = MAX_CWND_BYTES;
  #initialBytes = 0;
  /** Bytes acknowledged since the window last grew in congestion avoidance. */
  #countedBytes = 0;

  begin(mssBytes: number, initialSegments: number): void {
    const byBytes = Math.max(2 * mssBytes, initialSegments * 1460);
    this.#initialBytes = Math.min(initialSegments * mssBytes, byBytes);
    this.cwndBytes = this.#initialBytes;
  }

  acknowledged(bytes: number, mssBytes: number): void {
    if (this.cwndBytes < this.ssthreshBytes) {
      this.#grow(Math.min(bytes, SLOW_START_SEGMENTS * mssBytes));
      return;
    }
    // RFC 5681 3.1: one segment for each window that was acknowledged.
    this.#countedBytes += bytes;
    if (this.#countedBytes >= this.cwndBytes) {
      this.#countedBytes -= this.cwndBytes;
      this.#grow(mssBytes);
    }
  }

  lossDetected(flightBytes: number, mssBytes: number): void {
    this.#halve(flightBytes, mssBytes);
    this.cwndBytes = this.ssthreshBytes;
  }

  recovered(flightBytes: number, mssBytes: number): void {
    // RFC 6582 3.2, step 3 (1): no burst when little is in flight.
    const quiet = Math.max(flightBytes, mssBytes) + mssBytes;
    this.cwndBytes = Math.min(this.ssthreshBytes, quiet);
    this.#countedBytes = 0;
  }

  timedOut(flightBytes: number, mssBytes: number, isFirst: boolean): void {
    if (isFirst) this.#halve(flightBytes, mssBytes);
    this.cwndBytes = mssBytes;
    this.#countedBytes = 0;
  }

  idle(): void {
    this.cwndBytes = Math.min(this.cwndBytes, this.#initialBytes);
  }

  #halve(flightBytes: number, mssBytes: number): void {
    this.ssthreshBytes = Math.max(flightBytes >> 1, 2 * mssBytes);
    this.#countedBytes = 0;
  }

  #grow(bytes: number): void {
    this.cwndBytes = Math.min(this.cwndBytes + bytes, MAX_CWND_BYTES);
  }
}
