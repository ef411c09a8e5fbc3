/**
 * Sets up what a command of this repository needs, and nothing when it is there already. npm runs
 * it before `npm start`, `npm test`, `npm run build-kernel` and `npm run bench`, so that a fresh clone needs no other step.
 *
 *   node scripts/ensure.mjs [--for start|test|bench|bench:image|kernel|build]
 *
 * It is plain JavaScript without dependencies and runs on Node 18 or newer: after it, npm finds
 * the newer Node of this repository in node_modules/.bin by itself.
 */
import { buildDist } from "./ensure/dist.mjs";
import { copyKernel } from "./ensure/kernel.mjs";
import { oneAtATime } from "./ensure/one-at-a-time.mjs";
import { ensurePackages, ensureTapPlugins } from "./ensure/packages.mjs";
import { ensureSystemTools } from "./ensure/system-tools.mjs";
import { ExpectedFailure, say } from "./ensure/say.mjs";

const PURPOSES = ["start", "test", "bench", "bench:image", "kernel", "build"];
/** Those that need more than npm's packages. */
const WITH_TOOLS = ["test", "bench", "bench:image", "kernel"];
const USAGE = `usage: node scripts/ensure.mjs [--for ${PURPOSES.join("|")}]`;

function parsePurpose(/** @type {string[]} */ flags) {
  if (flags.length === 0) return "start";
  if (flags.length === 2 && flags[0] === "--for" && PURPOSES.includes(flags[1] ?? "")) {
    return /** @type {string} */ (flags[1]);
  }
  throw new ExpectedFailure(`unknown arguments ${flags.join(" ")}\n${USAGE}`, 2);
}

async function ensure(/** @type {string} */ purpose) {
  await ensurePackages();
  await ensureTapPlugins();
  if (WITH_TOOLS.includes(purpose)) await ensureSystemTools(purpose);
  const problem = await buildDist();
  if (problem === undefined) {
    copyKernel();
    return;
  }
  if (purpose === "build") throw new ExpectedFailure(`dist/ is not built: ${problem}`);
  // The sources run without dist/, and the type check of `npm test` tells the same in its place.
  say(`dist/ is not built, so \`libos\` cannot be imported without its sources: ${problem}`);
}

try {
  const purpose = parsePurpose(process.argv.slice(2));
  await oneAtATime(() => ensure(purpose));
} catch (error) {
  if (!(error instanceof ExpectedFailure)) throw error;
  say(error.message);
  process.exitCode = error.exitCode;
}
