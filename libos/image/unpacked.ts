/** What a decoder gives. */
export interface Unpacked {
  readonly bytes: Uint8Array;
  /**
   * The most bytes by which the output's end was ever ahead of what was read of the input: where both
   * lie in one memory and the input begins so many bytes behind the output, nothing is overwritten
   * before it is read.
   */
  readonly lead: number;
  /** For each `MARK_BYTES` of output that were complete: how much of the input was read then. */
  readonly marks: readonly number[];
}

/** Bytes of output from one mark to the next. */
export const MARK_BYTES = 1024;
