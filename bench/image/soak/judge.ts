/** Whether memory is flat: the line through what was in use at the least, window by window. */

/** What a guest tells of its memory. */
export interface MemorySample {
  readonly heapBytes: number;
  readonly packetBytes: number;
  readonly connections: number;
}

export interface Verdict {
  /** What the line rises by from the first judged sample to the last. */
  readonly heapGrowthBytes: number;
  readonly packetGrowthBytes: number;
  readonly isFlat: boolean;
}

/** The start is no judgement: queues and caches fill, and connections of the start are forgotten. */
const WARM_SHARE = 0.25;
/** Garbage in circles waits for its collector: the least of a window is what stays. */
const WINDOWS = 8;
/** The least that is judged: two samples for each window. */
export const SAMPLES_MIN: number = Math.ceil((2 * WINDOWS) / (1 - WARM_SHARE));
/**
 * What is no growth, in bytes. Garbage that waits moves the line by some hundred KiB where a window
 * is shorter than a collection, so that a short soak finds large leaks only.
 */
const NOISE_BYTES = { short: 512 * 1024, long: 64 * 1024 };
const LONG_MS = 600_000;

/**
 * @param ms In how long the samples were taken, at even distances.
 * @throws RangeError for fewer than `SAMPLES_MIN` samples.
 */
export function judge(samples: readonly MemorySample[], ms: number): Verdict {
  if (samples.length < SAMPLES_MIN) {
    throw new RangeError(`${samples.length} samples are too few; take ${SAMPLES_MIN}`);
  }
  const judged = samples.slice(Math.floor(samples.length * WARM_SHARE));
  const heapGrowthBytes = growth(judged.map(({ heapBytes }) => heapBytes));
  const packetGrowthBytes = growth(judged.map(({ packetBytes }) => packetBytes));
  return {
    heapGrowthBytes,
    packetGrowthBytes,
    isFlat:
      Math.max(heapGrowthBytes, packetGrowthBytes) <=
      (ms >= LONG_MS ? NOISE_BYTES.long : NOISE_BYTES.short),
  };
}

/** The slope of the least-squares line through the minima, times its length. */
function growth(values: readonly number[]): number {
  const minima = Array.from({ length: WINDOWS }, (_, index) => {
    const [from, to] = [index, index + 1].map((at) => Math.floor((at * values.length) / WINDOWS));
    return Math.min(...values.slice(from, to));
  });
  const middle = (WINDOWS - 1) / 2;
  const mean = minima.reduce((sum, value) => sum + value, 0) / WINDOWS;
  let [covariance, variance] = [0, 0];
  minima.forEach((value, index) => {
    covariance += (index - middle) * (value - mean);
    variance += (index - middle) ** 2;
  });
  return Math.round((covariance / variance) * (WINDOWS - 1));
}
