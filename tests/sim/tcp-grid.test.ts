import t, { type Test } from "tap";
import { BUFFER_SIZES, LOSS_RATES, replayCommand, runPoint } from "./tcp-grid.ts";

const SEED = 1;

function checkPoints(t: Test, buffer: number, offloads: boolean): void {
  for (const loss of LOSS_RATES) {
    const { problem } = runPoint(SEED, buffer, loss, offloads);
    const again = replayCommand(SEED, buffer, loss, offloads);
    t.equal(problem, "", `loss ${loss * 100} %; again with: ${again}`);
  }
}

for (const buffer of BUFFER_SIZES) {
  t.test(`1 MiB through ${buffer}-byte buffers arrives whole at every loss rate`, async (t) => {
    checkPoints(t, buffer, false);
  });
}

for (const buffer of [4096, 32_768, 262_144]) {
  t.test(`the same with ${buffer} bytes on devices that cut and join segments`, async (t) => {
    checkPoints(t, buffer, true);
  });
}
