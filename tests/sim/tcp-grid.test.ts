import t from "tap";
import { BUFFER_SIZES, LOSS_RATES, replayCommand, runPoint } from "./tcp-grid.ts";

const SEED = 1;

for (const buffer of BUFFER_SIZES) {
  t.test(`1 MiB through ${buffer}-byte buffers arrives whole at every loss rate`, async (t) => {
    for (const loss of LOSS_RATES) {
      const { problem } = runPoint(SEED, buffer, loss);
      t.equal(
        problem,
        "",
        `loss ${loss * 100} %; again with: ${replayCommand(SEED, buffer, loss)}`,
      );
    }
  });
}
