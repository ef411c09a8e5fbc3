import { basename } from "node:path";
import { createHash } from "node:crypto";
import { setImmediate as hostSetImmediate } from "node:timers";
import { loadApplication, type ConfigFlags } from "../../run/load-config.ts";
import { INTERRUPTED } from "../../run/default-system.ts";
import { startHost } from "../../run/host.ts";
import type { Host } from "../../run/host-types.ts";
import { openInspector } from "../../run/inspector.ts";
import { publishAll, publishAutomatically, type OpenPort } from "../../run/ports.ts";
import { hostApplication, reportUncaught } from "../../run/run-application.ts";
import {
  captureHal,
  createTextTrace,
  parseTraceFilter,
  PcapWriter,
  traceHal,
} from "../../observe/mod.ts";
import { recordHal, type Recorder } from "../../record/mod.ts";
import type { ResolvedConfig } from "../../config/mod.ts";
import type { Hal } from "../../hal/mod.ts";
import type { TraceSink } from "../../kernel/mod.ts";
import { createSystem } from "../../system/mod.ts";
import { Failure } from "../failure.ts";
import { createOutputFile, type OutputFile } from "../files.ts";
import { createOutput, type Output } from "../output.ts";
import type { RecordedApp } from "./replay.ts";

export interface RunFlags extends ConfigFlags {
  readonly pcap?: string;
  readonly trace?: string | true;
  readonly inspect?: string | true;
  readonly inspectBrk?: string | true;
  readonly record?: string;
  readonly seed?: string;
  readonly json?: boolean;
}

/** `libos run`: one application on one system in this process. */
export async function run(
  entry: string | undefined,
  values: readonly string[],
  flags: RunFlags,
): Promise<void> {
  const output = createOutput(flags.json === true);
  const { entryPath, config } = await loadApplication(entry, flags);
  const seed = flags.seed === undefined ? undefined : parseSeed(flags.seed);
  const inspect = flags.inspectBrk ?? flags.inspect;
  if (inspect !== undefined) openInspector(inspect, flags.inspectBrk !== undefined);
  const files: OutputFile[] = [];
  const host = await startHost(config, seed).catch((error: unknown) => {
    throw new Failure(messageOf(error), 1);
  });
  const { hal, recorder, trace } = observe(host.hal, flags, files, {
    entryPath,
    values,
    config,
    host,
  });
  const opened = (port: OpenPort): void => announce(output, port);
  const failed = (error: unknown): void => output.event("error", messageOf(error), {});
  const system = createSystem({
    hal,
    network: host.network,
    mounts: host.mounts,
    hosts: config.hosts,
    ...(trace && { trace }),
    hold: () => host.hold(),
    release: () => host.release(),
    ...(config.publish === "auto" &&
      host.publisher && { onListen: publishAutomatically(host.publisher, opened, failed) }),
  });
  let isFlushed = false;
  const flush = (exitCode: number): void => {
    if (isFlushed) return;
    isFlushed = true;
    recorder?.end(exitCode);
    for (const file of files) file.close();
  };
  process.on("exit", flush);
  reportUncaught(flush);
  hal.power.onRequest(() => {
    output.event("stopping", "stopping", {});
    void system.stop().then(() => {
      flush(INTERRUPTED);
      host.hal.power.off(INTERRUPTED);
    });
  });
  if (config.publish !== "auto" && host.publisher) {
    await publishAll(host.publisher, config.publish, opened).catch((error: unknown) => {
      throw new Failure(messageOf(error), 1);
    });
  }
  const app = hostApplication(system, entryPath);
  process.argv = [process.argv[0]!, entryPath, ...values];
  process.env = { ...config.env };
  recorder?.countLoads(() => app.loader.loaded);
  output.event("start", `${basename(entryPath)} on ${host.description}`, {
    entry: entryPath,
  });
  await app.start(() => recorder?.open((job) => hostSetImmediate(job)));
  await host.run();
}

function observe(
  inner: Hal,
  flags: RunFlags,
  files: OutputFile[],
  app: { entryPath: string; values: readonly string[]; config: ResolvedConfig; host: Host },
): { hal: Hal; recorder: Recorder | undefined; trace: TraceSink | undefined } {
  const open = (path: string, flag: string): OutputFile => {
    const file = createOutputFile(path, flag);
    files.push(file);
    return file;
  };
  let hal = inner;
  let recorder: Recorder | undefined;
  if (flags.record !== undefined) {
    const file = open(flags.record, "--record");
    const { entryPath, values, config, host } = app;
    const { network, mounts } = host;
    const about = { entryPath, values, config, network, mounts } satisfies RecordedApp;
    const hash = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
    recorder = recordHal(hal, about, hash, (bytes) => file.write(bytes));
    hal = recorder.hal;
  }
  if (flags.pcap !== undefined) {
    const file = open(flags.pcap, "--pcap");
    // The inner clock: what a capture asks for is no input of the system.
    hal = captureHal(hal, inner.clock, new PcapWriter((bytes) => file.write(bytes)));
  }
  if (flags.trace === undefined) return { hal, recorder, trace: undefined };
  const filter = parseTraceFilter(flags.trace === true ? "" : flags.trace);
  const trace = createTextTrace(inner.clock, filter, (line) => process.stderr.write(`${line}\n`));
  return { hal: traceHal(hal, trace), recorder, trace };
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new Failure(`--seed: "${text}" is not a whole number`, 2);
}

function announce(output: Output, port: OpenPort): void {
  const { protocol, hostAddress, hostPort, appPort } = port;
  const at =
    protocol === "udp" ? `udp ${hostAddress}:${hostPort}` : `http://${hostAddress}:${hostPort}`;
  output.event("publish", `port ${appPort} is at ${at}`, { ...port });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
