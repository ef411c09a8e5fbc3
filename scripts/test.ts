/**
 * `npm test`: type check, lint, format, the kernels, every test under tap, and what runs under Deno as
 * well.
 *
 *   node scripts/test.ts                     everything
 *   node scripts/test.ts tests/x.test.ts …   these test files only, under tap
 *
 * The last line is `N passed, N failed, N skipped`, counted over all stages; the exit code is 1 when
 * anything failed.
 */
import { runCheck } from "./test/check-stage.ts";
import { runTap } from "./test/tap-stage.ts";
import { findDenoSources, findDenoTests } from "./test/find-files.ts";
import { Tally } from "./test/tally.ts";
import { missingTools } from "./build-kernel.ts";

/** Checks that pass or fail as a whole, each counted as one. */
const CHECKS: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  {
    name: "types of the core, which knows no runtime",
    command: ["tsc", "-p", "tsconfig.core.json"],
  },
  { name: "types of everything", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "lint", command: ["oxlint", "--quiet"] },
  { name: "format", command: ["prettier", "--check", "--log-level=warn", "."] },
];

const files = process.argv.slice(2);
const tally = new Tally();

if (files.length === 0) {
  for (const check of CHECKS) await runCheck(check.name, check.command, tally);
  const denoSources = findDenoSources();
  if (denoSources.length > 0) {
    const command = ["deno", "check", "--quiet", "--no-lock", ...denoSources];
    await runCheck("types of what only Deno runs", command, tally);
  }
}
// What tests need is built before them, alone: a build takes minutes where there is none yet, and no
// test's limit of time is to count that. Without the tools the tests themselves say what is missing.
if (missingTools().length === 0) {
  const command = ["node", "scripts/build-kernel.ts", "--for-tests"];
  await runCheck("kernels, loaders and the compiler build", command, tally);
}
await runTap("tests under Node", ["tap", "run", "--reporter=tap", ...files], tally);
if (files.length === 0) {
  const denoTests = findDenoTests();
  if (denoTests.length > 0) {
    const command = [
      "deno",
      "test",
      "-A",
      "--no-lock",
      "--no-check",
      "--reporter=tap",
      ...denoTests,
    ];
    await runTap("tests under Deno", command, tally);
  }
}

for (const line of tally.report()) console.log(line);
console.log(tally.summary());
process.exitCode = tally.failed > 0 ? 1 : 0;
