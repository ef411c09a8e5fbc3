/** What the set-up tells the person at the terminal, and how it runs other programs. */
import { spawn } from "node:child_process";

/** A failure that one line explains; no stack trace is shown. */
export class ExpectedFailure extends Error {
  /**
   * @param {string} message What is wrong and what to do.
   * @param {number} exitCode The exit code of the command: 1, or 2 for a usage error.
   */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints one line of progress. It goes to standard error: what a command prints is its own. */
export function say(/** @type {string} */ line) {
  process.stderr.write(`libos set-up: ${line}\n`);
}

/**
 * Runs a program to its end and shows that time passes meanwhile.
 *
 * @param {string} what What the person reads while it runs ("installing packages").
 * @param {string} program
 * @param {string[]} parameters
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, quiet?: boolean }} options
 *   `quiet` says nothing at all.
 * @returns {Promise<{ ok: boolean, output: string }>} `output` is what it printed, both streams.
 */
export async function runStep(what, program, parameters, options = {}) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  if (!options.quiet) say(`${what} …`);
  const heartbeat = setInterval(() => {
    if (!options.quiet) say(`${what} … ${seconds()}`);
  }, 10_000);
  const result = await capture(program, parameters, options);
  clearInterval(heartbeat);
  if (!options.quiet) say(`${what}: ${result.ok ? "done" : "failed"} after ${seconds()}`);
  return result;
}

/** @returns {Promise<{ ok: boolean, output: string }>} */
function capture(program, parameters, options) {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32",
    });
    let output = "";
    const keep = (/** @type {Buffer} */ bytes) => {
      // The end of a long output tells what went wrong.
      output = (output + bytes.toString()).slice(-64 * 1024);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", (error) => resolve({ ok: false, output: String(error.message) }));
    child.on("close", (code) => resolve({ ok: code === 0, output }));
  });
}

/** @returns The lines of a program's output that name its errors, at most `count` of them. */
export function errorLines(/** @type {string} */ output, count = 8) {
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  const errors = lines.filter((line) => /\berror\b|^E:/i.test(line));
  return (errors.length > 0 ? errors.slice(0, count) : lines.slice(-count)).join("\n  ");
}
