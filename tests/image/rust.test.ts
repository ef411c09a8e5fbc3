/** The kernel's Rust: clippy, formatting, and what of it can be tested on the host. */
import t from "tap";
import {
  describeMissing,
  lintKernel,
  missingLintTools,
  missingTools,
} from "../../scripts/build-kernel.ts";

const missing = [...missingTools(), ...missingLintTools()];
const skip = missing.length > 0 ? describeMissing(missing) : false;

t.test("clippy, rustfmt and the unit tests of the host are content", { skip }, async (t) => {
  t.equal(await lintKernel((line) => console.error(`# rust: ${line}`)), "");
});
