/**
 * Random bits of an image: the kernel's generator (`src/random.rs`), which the CPU seeds where it can,
 * and into which every source that a driver found is mixed, at the start and from time to time.
 */
import type { Entropy } from "../libos/hal/mod.ts";
import type { NativeMachine } from "./native.ts";

/** What is taken from a source at a time. */
const PORTION_BYTES = 64;
/** Draws between two portions: so that machines restored from one snapshot part ways. */
const DRAWS = 256;

/** @param sources What drivers found; one that gives up later is passed over. */
export function createEntropy(native: NativeMachine, sources: readonly Entropy[]): Entropy {
  const { entropy } = native;
  const portion = new Uint8Array(PORTION_BYTES);
  let draws = 0;
  const feed = (): void => {
    for (const source of sources) {
      if (!source.available) continue;
      try {
        source.fill(portion);
        entropy.add(portion);
      } catch {
        // It has failed just now, and its driver has said so.
      }
    }
    portion.fill(0);
  };
  feed();
  return {
    available: entropy.available(),
    fill(target) {
      if (++draws % DRAWS === 0) feed();
      entropy.fill(target);
    },
  };
}
