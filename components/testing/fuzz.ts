/** One parser under fuzz: `run` takes any bytes and never throws or hangs. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs from which the fuzzer mutates. */
  readonly seeds: readonly Uint8Array[];
  run(bytes: Uint8Array): void;
}
