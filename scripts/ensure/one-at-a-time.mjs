/** Two commands at once (`npm start` here, `npm test` there) must not set up the same folder. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ExpectedFailure, say } from "./say.mjs";
import { inRoot, readIfThere } from "./paths.mjs";

const LOCK = inRoot(".libos", "set-up.lock");
const PATIENCE_MS = 10 * 60 * 1000;

/**
 * Runs `work` while no other set-up of this folder runs.
 *
 * @param {() => Promise<void>} work
 */
export async function oneAtATime(work) {
  const started = Date.now();
  while (!takeLock()) {
    const holder = Number(readIfThere(LOCK));
    if (holder > 0 && !isAlive(holder)) {
      rmSync(LOCK, { force: true });
      continue;
    }
    if (Date.now() - started > PATIENCE_MS) {
      throw new ExpectedFailure(`another set-up (process ${holder}) holds ${LOCK} for too long`);
    }
    if (Date.now() - started < 1000) say(`waiting for another set-up (process ${holder}) …`);
    await sleep(1000);
  }
  try {
    await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function takeLock() {
  mkdirSync(inRoot(".libos"), { recursive: true });
  try {
    writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw new ExpectedFailure(`cannot write in this folder: ${error.message}`);
  }
}

function isAlive(/** @type {number} */ pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
