/** What a hostile device does when it should complete a buffer. */
export const FAULTS = [
  "none",
  /** Says that it wrote more than there was room for. */
  "long-length",
  "zero-length",
  /** Says that it wrote less than it did. */
  "short-length",
  /** A buffer number out of range. */
  "wild-id",
  /** The number of another buffer. */
  "foreign-id",
  /** Completes the same buffer twice. */
  "duplicate",
  /** Claims to have completed hundreds. */
  "index-jump",
  "needs-reset",
  /** Forgets everything, in the middle. */
  "self-reset",
  /** Never answers again. */
  "silent",
  /** Keeps this one buffer. */
  "swallow",
  /** Writes garbage over all rings, with chains that loop. */
  "garbage-rings",
  /** Completes the buffer with noise in it. */
  "garbage-data",
  /** Interrupts again and again, for nothing. */
  "storm",
  /** Puts noise into its configuration and says that it changed. */
  "garbage-config",
] as const;

export type Fault = (typeof FAULTS)[number];

/** Says, for each completion, what goes wrong. */
export type FaultSource = () => Fault;

/** A well-behaved device. */
export const noFaults: FaultSource = () => "none";

/** Faults from a script: a byte for each completion; behind its end all is well. */
export function scriptedFaults(script: Uint8Array): FaultSource {
  let at = 0;
  return () => {
    if (at >= script.length) return "none";
    // Half of all bytes mean that nothing goes wrong.
    return FAULTS[Math.max(0, (script[at++]! & 31) - 16)]!;
  };
}

/** `count` completions go well, then comes `fault`, once. */
export function faultAfter(count: number, fault: Fault): FaultSource {
  let seen = 0;
  return () => (seen++ === count ? fault : "none");
}
