/** What the command itself says: lines for people on stderr, or JSON lines on stdout. */

import type { OpenPort } from "../run/ports.ts";

/** Below it, IANA has given the ports to services, and to HTTP this one. */
const FIRST_REGISTERED_PORT = 1024;
const HTTP_PORT = 80;

export interface Output {
  /** One event of the command: text for people, and for programs the same with its values. */
  event(name: string, text: string, values: Readonly<Record<string, unknown>>): void;
}

/** @param isJson With true, each event is one JSON object on a line of standard output. */
export function createOutput(isJson: boolean): Output {
  return {
    event(name, text, values) {
      if (isJson) process.stdout.write(`${JSON.stringify({ event: name, text, ...values })}\n`);
      else process.stderr.write(`libos: ${text}\n`);
    },
  };
}

/** Says why a command has failed: the event "failure" with its exit code. */
export function reportFailure(isJson: boolean, text: string, exitCode: number): void {
  createOutput(isJson).event("failure", text, { exitCode });
}

/** Less is packed by Zstandard before anybody waits. */
const LONG_PACKING_BYTES = 4_000_000;
const BYTES_PER_MB = 1_000_000;
/** On a machine of 2026. */
const BYTES_PER_SECOND = { size: 400_000, speed: 3_000_000 } as const;

/** Says, where an image's builder begins to pack so many bytes, that this takes its time. */
export function announcePacking(output: Output, bytes: number, optimize: "size" | "speed"): void {
  if (optimize === "speed" && bytes < LONG_PACKING_BYTES) return;
  const seconds = Math.ceil(bytes / BYTES_PER_SECOND[optimize]);
  const megabytes = (bytes / BYTES_PER_MB).toFixed(1);
  const time = seconds < 100 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`;
  output.event("packing", `packing ${megabytes} MB for ${optimize}, which takes about ${time}`, {
    bytes,
    optimize,
  });
}

/** Says where a port of the application is: as a URL where a browser may have a use for it. */
export function announce(output: Output, port: OpenPort): void {
  const { protocol, hostAddress, hostPort, appPort } = port;
  const isForBrowsers =
    protocol === "tcp" && (appPort === HTTP_PORT || appPort >= FIRST_REGISTERED_PORT);
  const at = `${isForBrowsers ? "http://" : `${protocol} `}${hostAddress}:${hostPort}`;
  output.event("publish", `port ${appPort} is at ${at}`, { ...port });
}
