/** The node adapter under the contract suite, with streams and an exit of the test's own. */
import { PassThrough } from "node:stream";
import process from "node:process";
import { createNodeHal, createNodeSchedule } from "../../host-adapters/node/mod.ts";
import type { ContractHarness, StartOptions, SystemUnderTest } from "./harness.ts";
import { startOnHost } from "./host-harness.ts";

/** A stream that keeps what is written to it. */
function createSink(): { stream: PassThrough; read(): Uint8Array } {
  const stream = new PassThrough();
  const chunks: Uint8Array[] = [];
  stream.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  return { stream, read: () => new Uint8Array(Buffer.concat(chunks)) };
}

async function start(options: StartOptions): Promise<SystemUnderTest> {
  const [stdout, stderr] = [createSink(), createSink()];
  const stdin = new PassThrough();
  let exitCode: number | undefined;
  const system = startOnHost(
    {
      schedule: createNodeSchedule(),
      createHal: (halOptions) =>
        createNodeHal({
          ...halOptions,
          streams: { stdin, stdout: stdout.stream, stderr: stderr.stream },
          exit: (code) => (exitCode ??= code),
        }),
      console: {
        output: (stream) => (stream === 1 ? stdout : stderr).read(),
        type: (bytes) => void stdin.write(bytes),
        endInput: () => void stdin.end(),
      },
      power: {
        requestEnd: () => void process.emit("SIGTERM", "SIGTERM"),
        exitCode: () => exitCode,
      },
      end: () => void stdin.destroy(),
    },
    options,
  );
  return system;
}

export const nodeHarness: ContractHarness = {
  name: "node",
  devices: ["net", "disk", "share"],
  start,
};
