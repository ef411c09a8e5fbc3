/** Time since boot, and the time of day. */
export interface Clock {
  /**
   * Microseconds since this system booted: an integer >= 0 that never decreases, and does not
   * jump when the wall clock is set. Exact in a `number` for 285 years.
   */
  nowUs(): number;
  /** Microseconds since 1970-01-01T00:00:00Z, as an integer. It may jump in either direction. */
  wallUs(): number;
}

/**
 * The one alarm of a system. The kernel keeps its own queue of timers and arms this for the
 * earliest.
 */
export interface Timer {
  /**
   * Replaces the deadline. When `deadlineUs` has passed, the handler is called once.
   *
   * It is never called before `clock.nowUs() >= deadlineUs`. A deadline in the past means "as soon
   * as the running job and its promise reactions have ended". How late a call may be is the
   * platform's precision: about 1 ms on a host, exact in the simulator.
   *
   * @param deadlineUs Microseconds since boot, any finite number; fractions are rounded up.
   */
  arm(deadlineUs: number): void;
  /** Forgets the deadline: the handler is not called until the next `arm`. */
  disarm(): void;
  /** Sets the one handler. */
  onExpire(handler: () => void): void;
}
