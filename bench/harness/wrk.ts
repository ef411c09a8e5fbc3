/** wrk, the load generator, and what it prints. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What one run of wrk found. */
export interface WrkResult {
  readonly requestsPerSecond: number;
  readonly latencyMsMedian: number;
  readonly latencyMs99: number;
  /** Answers that were no success, and connections that failed. */
  readonly errors: number;
}

const run = promisify(execFile);
/** A slow answer lowers the rate; wrk's own two seconds would make it an error on a busy machine. */
const TIMEOUT_SECONDS = 20;

/** @returns Undefined when wrk works, or a line that says what to do. */
export async function wrkProblem(): Promise<string | undefined> {
  try {
    await run("wrk", ["--version"]);
  } catch (error) {
    // wrk prints its version and ends with 1; only a program that is not there has this code.
    if ((error as { code?: unknown }).code === "ENOENT") {
      return "wrk is missing; install it with: sudo apt-get install wrk";
    }
  }
  return undefined;
}

/**
 * Loads a server over keep-alive connections, from one thread.
 *
 * @param url The page.
 * @param connections How many connections, each with one request at a time.
 * @param seconds How long; wrk counts whole seconds, at least one.
 * @throws Error when wrk reports errors: a figure with failed requests says nothing.
 */
export async function runWrk(
  url: string,
  connections: number,
  seconds: number,
): Promise<WrkResult> {
  const duration = Math.max(1, Math.round(seconds));
  const patience = ["--timeout", `${TIMEOUT_SECONDS}s`];
  const parameters = ["-t1", `-c${connections}`, `-d${duration}s`, ...patience, "--latency", url];
  const { stdout } = await run("wrk", parameters);
  const result = parseWrk(stdout);
  if (result.errors > 0) throw new Error(`${result.errors} requests to ${url} failed:\n${stdout}`);
  return result;
}

/**
 * @param output What `wrk --latency` printed.
 * @throws Error when it is not that.
 */
export function parseWrk(output: string): WrkResult {
  const rate = /^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1];
  const median = /^\s+50%\s+([\d.]+[a-z]+) *$/m.exec(output)?.[1];
  const high = /^\s+99%\s+([\d.]+[a-z]+) *$/m.exec(output)?.[1];
  if (rate === undefined || median === undefined || high === undefined) {
    throw new Error(`this is not what wrk --latency prints:\n${output}`);
  }
  const failedAnswers = /^\s+Non-2xx or 3xx responses: (\d+)$/m.exec(output)?.[1] ?? "0";
  const socketErrors = /^\s+Socket errors: (.*)$/m.exec(output)?.[1] ?? "";
  const counts = [failedAnswers, ...(socketErrors.match(/\d+/g) ?? [])];
  return {
    requestsPerSecond: Number(rate),
    latencyMsMedian: milliseconds(median),
    latencyMs99: milliseconds(high),
    errors: counts.reduce((sum, count) => sum + Number(count), 0),
  };
}

const MS_PER_UNIT: ReadonlyMap<string, number> = new Map([
  ["us", 0.001],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
]);

function milliseconds(text: string): number {
  const unit = text.replace(/^[\d.]+/, "");
  return Number.parseFloat(text) * (MS_PER_UNIT.get(unit) ?? Number.NaN);
}
