/** smoltcp, the Rust stack, as a peer: builds the program in smoltcp/ and runs it. */
import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** What the program measures; the two bulk modes in Gbit/s, the other in round trips a second. */
export type SmoltcpMode = "bulk-mtu1500" | "bulk-64k" | "pingpong-64";

/** A built peer. */
export interface SmoltcpPeer {
  /** @returns One figure, after about `seconds` in a process of its own. */
  measure(mode: SmoltcpMode, seconds: number): Promise<number>;
}

const FOLDER = fileURLToPath(new URL("./smoltcp/", import.meta.url));
const PROGRAM = `${FOLDER}target/release/smoltcp-peer`;

/**
 * Builds the peer with the machine's cargo; a second time this takes no time.
 *
 * @param progress Called with what cargo says while it builds.
 * @returns The peer, or a line that says why there is none and what to do.
 */
export async function buildSmoltcp(
  progress: (line: string) => void,
): Promise<SmoltcpPeer | string> {
  const problem = await runCargo(progress);
  return problem ?? { measure };
}

function runCargo(progress: (line: string) => void): Promise<string | undefined> {
  progress("building smoltcp (cargo build --release --locked)");
  const child = spawn("cargo", ["build", "--release", "--locked"], {
    cwd: FOLDER,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let lastError = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    progress(`cargo: ${line.trim()}`);
    if (line.startsWith("error")) lastError = line;
  });
  return new Promise((resolve) => {
    child.on("error", () =>
      resolve("cargo is missing; install Rust (https://rustup.rs) to measure against smoltcp"),
    );
    child.on("close", (code) =>
      resolve(code === 0 ? undefined : `cargo could not build it: ${lastError || `exit ${code}`}`),
    );
  });
}

async function measure(mode: SmoltcpMode, seconds: number): Promise<number> {
  const { stdout } = await promisify(execFile)(PROGRAM, [mode, String(seconds)]);
  const line = JSON.parse(stdout) as { gbitPerSecond?: number; roundTripsPerSecond?: number };
  const figure = line.gbitPerSecond ?? line.roundTripsPerSecond;
  if (figure === undefined) throw new Error(`smoltcp-peer printed ${stdout}`);
  return figure;
}
