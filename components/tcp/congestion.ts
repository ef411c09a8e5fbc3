/**
 * How much may be in flight: the seam behind which an algorithm of congestion control stands.
 *
 * The sender asks only `cwndBytes` and reports what happened; which segments are lost, and what is
 * sent again, is not the algorithm's business (see `recovery.ts`). Times are microseconds.
 */
export interface CongestionControl {
  /** For people: "newreno". */
  readonly name: string;
  /** The congestion window in bytes. Recovery inflates and deflates it (RFC 6582 3.2). */
  cwndBytes: number;
  /** The slow-start threshold in bytes. */
  readonly ssthreshBytes: number;
  /** The connection is established: sets the initial window. */
  begin(mssBytes: number, initialSegments: number): void;
  /** New data was acknowledged outside of fast recovery, while the window was the limit. */
  acknowledged(bytes: number, mssBytes: number, nowUs: number): void;
  /** A loss was found by duplicate ACKs or SACK. */
  lossDetected(flightBytes: number, mssBytes: number, nowUs: number): void;
  /** Fast recovery is over. */
  recovered(flightBytes: number, mssBytes: number): void;
  /** The retransmission timer has expired. `isFirst`: not already for the same segment. */
  timedOut(flightBytes: number, mssBytes: number, isFirst: boolean): void;
  /** Nothing was sent for longer than the retransmission timeout (RFC 5681 4.1). */
  idle(mssBytes: number): void;
}
