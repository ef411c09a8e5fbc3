import { basename } from "node:path";
import { setImmediate as hostSetImmediate } from "node:timers";
import type { ResolvedConfig } from "../../config/mod.ts";
import { endSystem, INTERRUPTED } from "../../run/default-system.ts";
import { startHost } from "../../run/host.ts";
import type { Host } from "../../run/host-types.ts";
import type { MachineName } from "../../run/qemu/arguments.ts";
import { openInspector } from "../../run/inspector.ts";
import { loadApplication, type ConfigFlags } from "../../run/load-config.ts";
import { publishAll, publishAutomatically, type OpenPort } from "../../run/ports.ts";
import { hostApplication, reportUncaught } from "../../run/run-application.ts";
import { createSystem, type System } from "../../system/mod.ts";
import { Failure, messageOf } from "../failure.ts";
import { announce, createOutput, type Output } from "../output.ts";
import { checkObserveFlags, observe, type ObserveFlags, type Observed } from "../observe.ts";

export interface RunFlags extends ConfigFlags, ObserveFlags {
  readonly inspect?: string | true;
  readonly inspectBrk?: string | true;
  readonly seed?: string;
  readonly json?: boolean;
  /** Where it runs; default: in this process. */
  readonly target?: "user" | "qemu";
  readonly machine?: MachineName;
  readonly gdb?: string | true;
  readonly disk?: readonly string[];
}

/** Flags without a meaning in this process. */
const MACHINE_FLAGS = ["disk", "machine", "gdb", "onFailure", "watchdog"] as const;

/** `libos run`: one application on one system in this process. */
export async function run(
  entry: string | undefined,
  values: readonly string[],
  flags: RunFlags,
): Promise<void> {
  for (const name of MACHINE_FLAGS) {
    if (flags[name] === undefined) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Failure(`--${flag} is for a machine: add -t qemu`, 2);
  }
  const output = createOutput(flags.json === true);
  const { entryPath, config, inputs } = await loadApplication(entry, flags);
  checkObserveFlags(flags, inputs);
  const seed = flags.seed === undefined ? undefined : parseSeed(flags.seed);
  const inspect = flags.inspectBrk ?? flags.inspect;
  if (inspect !== undefined) openInspector(inspect, flags.inspectBrk !== undefined);
  const host = await attempt(() => startHost(config, seed));
  const { network, mounts } = host;
  const observed = observe(host.hal, flags, { entryPath, values, config, network, mounts });
  const system = await attempt(() => compose(config, host, observed, output));
  endInGoodOrder(system, host, observed, output);
  const { publisher } = host;
  const { publish } = config;
  if (publish !== "auto" && publisher !== undefined) {
    await attempt(() => publishAll(publisher, publish, (port) => announce(output, port)));
  }
  const app = hostApplication(system, entryPath);
  const { recorder } = observed;
  recorder?.countLoads(() => app.loader.loaded);
  process.argv = [process.argv[0]!, entryPath, ...values];
  process.env = { ...config.env };
  output.event("start", `${basename(entryPath)} on ${host.description}`, { entry: entryPath });
  await app.start(() => recorder?.open((job) => hostSetImmediate(job)));
  await host.run();
}

function compose(config: ResolvedConfig, host: Host, observed: Observed, output: Output): System {
  const { publisher, network, mounts } = host;
  const { hal, trace } = observed;
  const opened = (port: OpenPort): void => announce(output, port);
  const failed = (error: unknown): void => output.event("error", messageOf(error), {});
  const isAutomatic = config.publish === "auto" && publisher !== undefined;
  return createSystem({
    hal,
    network,
    mounts,
    hosts: config.hosts,
    ...(trace && { trace }),
    hold: () => host.hold(),
    release: () => host.release(),
    ...(isAutomatic && { onListen: publishAutomatically(publisher, opened, failed) }),
  });
}

/** Sees to it that recordings and captures are whole, however the process ends. */
function endInGoodOrder(system: System, host: Host, observed: Observed, output: Output): void {
  process.on("exit", observed.end);
  reportUncaught(observed.end);
  observed.hal.power.onRequest(() => {
    output.event("stopping", "stopping", {});
    // Also where the process ends by itself, once the last socket is closed.
    process.exitCode = INTERRUPTED;
    void endSystem(system, host).then(() => {
      observed.end(INTERRUPTED);
      host.hal.power.off(INTERRUPTED);
    });
  });
}

/** Runs `job`; what it throws is one line for the user. */
async function attempt<Result>(job: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await job();
  } catch (error) {
    throw new Failure(messageOf(error) + adviceFor(error), 1);
  }
}

function adviceFor(error: unknown): string {
  return /packet memory/.test(messageOf(error)) ? "; give the system more: -m 8MB" : "";
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new Failure(`--seed: "${text}" is not a whole number`, 2);
}
