/**
 * The thread of `watch-end.ts`: stops a main thread that has run one job for too long, as a debugger
 * does, and asks it whether that job is the last one.
 */
import { Session, type Debugger } from "node:inspector";
import { workerData } from "node:worker_threads";
import type { Watched } from "./watch-end.ts";

/** How long a job may run before it is looked at, in milliseconds: the image took longer for it. */
const PATIENCE_MS = 5000;
/** How much memory such a job may take before that, in bytes. */
const PATIENCE_BYTES = 256 * 1024 * 1024;
const LOOK_MS = 50;

const { alive, stuck, program } = workerData as Watched;
let seen = -1;
let sinceMs = 0;
let bytes = 0;

const look = (): void => {
  const now = Atomics.load(alive, 0);
  const usedBytes = process.memoryUsage.rss();
  if (now !== seen) {
    [seen, sinceMs, bytes] = [now, 0, usedBytes];
  } else {
    sinceMs += LOOK_MS;
    if (sinceMs > PATIENCE_MS || usedBytes - bytes > PATIENCE_BYTES) {
      ask();
      [sinceMs, bytes] = [0, usedBytes];
    }
  }
};

/** Where the main thread stands in the program; "" where it is in none of its functions. */
const placeOf = (
  { callFrames }: Debugger.PausedEventDataType,
  urls: ReadonlyMap<string, string>,
): string => {
  const frame = callFrames.find(({ location }) => urls.get(location.scriptId) === program);
  if (frame === undefined) return "";
  const { lineNumber, columnNumber = 0 } = frame.location;
  return `${program}:${lineNumber + 1}:${columnNumber + 1}`;
};

const ask = (): void => {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
  session.on("Debugger.paused", ({ params }) => {
    const expression = `${stuck}(${JSON.stringify(placeOf(params, urls))})`;
    session.post("Runtime.evaluate", { expression }, (_error, { result }) => {
      if (result.value === true) session.post("Runtime.terminateExecution");
      session.post("Debugger.resume");
      session.disconnect();
    });
  });
  session.post("Debugger.enable");
  session.post("Debugger.pause");
};

setInterval(look, LOOK_MS);
