/** Feeds inputs to one target and tells about the first that breaks it. */
import type { FuzzTarget } from "../../components/testing/fuzz.ts";
import { makeInput } from "./mutate.ts";

/** An input that a parser did not survive. */
export interface FuzzFailure {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  /** What was thrown, or how long it took. */
  readonly why: string;
  readonly input: Uint8Array;
}

/** Which inputs to make. */
export interface FuzzRange {
  readonly seed: number;
  readonly firstIndex: number;
  readonly inputCount: number;
}

/**
 * @param onInput Called with the index before each input, for a watchdog that sees a hang.
 * @returns The first failure, or undefined when the target survived every input.
 */
export function fuzzTarget(
  target: FuzzTarget,
  range: FuzzRange,
  onInput?: (index: number) => void,
): FuzzFailure | undefined {
  const end = range.firstIndex + range.inputCount;
  for (let index = range.firstIndex; index < end; index++) {
    onInput?.(index);
    const input = makeInput(target, range.seed, index);
    const given = input.slice();
    try {
      target.run(input);
    } catch (error) {
      const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { target: target.name, seed: range.seed, index, why, input: given };
    }
  }
  return undefined;
}

/** @returns The failure for a person, with the command that makes it happen again. */
export function failureLines(failure: FuzzFailure): string[] {
  const hex = Buffer.from(failure.input.subarray(0, 512)).toString("hex");
  return [
    `${failure.target} broke at input ${failure.index} (seed ${failure.seed}):`,
    ...failure.why.split("\n").map((line) => `  ${line}`),
    `  input, ${failure.input.length} bytes: ${hex}${failure.input.length > 512 ? "…" : ""}`,
    `  again: npm run fuzz -- --only "${failure.target}" --seed ${failure.seed} --first ${failure.index} --inputs 1`,
  ];
}
