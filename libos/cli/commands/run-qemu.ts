/** `libos run -t qemu`: builds an image of the application, and boots it in QEMU. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildImage, type Image } from "../../image/mod.ts";
import { publishAutomatically } from "../../run/ports.ts";
import { ConfigError, type Publish, type ResolvedConfig } from "../../config/mod.ts";
import { loadApplication } from "../../run/load-config.ts";
import { INTERRUPTED } from "../../run/default-system.ts";
import { encodeProgram } from "../../run/image-replay/program.ts";
import { CONTROL_PORT, openControl } from "../../run/qemu/control.ts";
import { createForwarder, explainPort, freePort } from "../../run/qemu/forward-ports.ts";
import { Interrupts, type StopSignal } from "../../run/qemu/interrupts.ts";
import { MachineEnded, openMonitor, type QemuMonitor } from "../../run/qemu/monitor.ts";
import {
  NETDEV,
  RECORD_CHARDEV,
  qemuArguments,
  type MachineName,
  type QemuDisk,
} from "../../run/qemu/arguments.ts";
import { startQemu, type QemuEnd, type QemuMachine } from "../../run/qemu/machine.ts";
import type { PortListener } from "../../system/mod.ts";
import { guardRecording } from "../../run/qemu/record-guard.ts";
import { MemoryHint } from "../../run/qemu/memory-hint.ts";
import { createTraceFilter } from "../../run/qemu/source-positions.ts";
import { Failure, messageOf } from "../failure.ts";
import { createOutputFile } from "../files.ts";
import { checkObserveFlags } from "../observe.ts";
import { announce, announcePacking, createOutput, type Output } from "../output.ts";
import type { RunFlags } from "./run.ts";

const NO_INSPECTOR =
  "the engine of an image has no inspector; record by -t qemu --record FILE, then: " +
  "libos replay FILE --inspect";
/** Flags that need the system in this process, and what to do instead. */
const USER_MODE_FLAGS = {
  inspect: NO_INSPECTOR,
  inspectBrk: NO_INSPECTOR,
  seed: "a machine takes chance from its processor; the simulator, without -t qemu, from a seed",
} as const;
const DEFAULT_GDB_PORT = 1234;
/** QEMU's firmware takes all of one megabyte, and says nothing. */
const MIN_MACHINE_BYTES = 2 << 20;
/** What `--trace` can be in a machine, and the kernel's word for it. */
const TRACE = "boot";

/** Runs one application in a machine of QEMU; sets the exit code. */
export async function runInQemu(
  entry: string | undefined,
  values: readonly string[],
  flags: RunFlags,
): Promise<void> {
  for (const [name, advice] of Object.entries(USER_MODE_FLAGS)) {
    if (flags[name as keyof typeof USER_MODE_FLAGS] === undefined) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Failure(`--${flag}: ${advice}`, 2);
  }
  if (flags.trace !== undefined && flags.trace !== TRACE) {
    throw new Failure(`with -t qemu only --trace ${TRACE} works; others work in user mode`, 2);
  }
  if (flags.trace !== undefined && flags.record !== undefined) {
    throw new Failure("--trace and --record exclude each other", 2);
  }
  const output = createOutput(flags.json === true);
  const { entryPath, config, inputs } = await loadApplication(entry, flags);
  const disks = (flags.disk ?? []).map(parseDisk);
  const gdbPort = flags.gdb === undefined ? undefined : parsePort(flags.gdb);
  checkMachine(config);
  checkObserveFlags(flags, [...inputs, ...disks.map(({ path }) => path)]);
  const record = flags.record !== undefined;
  const onPacking = announcePacking.bind(undefined, output);
  // Names as they are written: DevTools shows those of the program that ran.
  const image = await attempt(() =>
    buildImage({ entryPath, config, values, onPacking, ...(record && { record, minify: false }) }),
  );
  const { bytes, map, warnings } = image;
  for (const line of warnings) output.event("warning", line, {});
  // Not before the build, at whose Ctrl-C nobody would take it away.
  const folder = mkdtempSync(join(tmpdir(), "libos-"));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const imagePath = join(folder, "image.elf");
  writeFileSync(imagePath, bytes);
  if (flags.record !== undefined) beginRecording(flags.record, entryPath, image);
  const publish = await choosePorts(config);
  const machine: MachineName = flags.machine ?? "microvm";
  const memoryHint = new MemoryHint();
  const filter = createTraceFilter(map, (text) => process.stdout.write(text));
  const control = { path: join(folder, "control"), port: CONTROL_PORT };
  const monitorPath = join(folder, "monitor");
  const interrupts = new Interrupts({
    ask: (signal) => askToEnd(signal, running, monitor, machine),
    stop: () => running.stop(),
  });
  const monitor = await attempt(() => openMonitor(monitorPath, () => interrupts.restarted()));
  let isInterrupted = false;
  await attempt(() =>
    openControl(control.path, {
      onListen: listenerOf(config, monitor, output),
      onReady: () => interrupts.ready(),
      onInterrupted: () => {
        isInterrupted = true;
      },
    }),
  );
  const running = startQemu(
    qemuArguments({
      imagePath,
      machine,
      memoryBytes: config.memoryBytes,
      net: config.net !== "none",
      publish,
      disks,
      pcapPath: flags.pcap,
      restarts: config.image.onFailure === "reset",
      recordPath: flags.record,
      balloon: config.image.balloon === true && !record,
      control,
      monitorPath,
      commandLine: flags.trace === undefined ? undefined : `trace=${TRACE}`,
      gdbPort,
    }),
    folder,
    (text) => {
      memoryHint.take(text);
      filter.take(text);
    },
  );
  if (flags.record !== undefined) {
    guardRecording(flags.record, RECORD_CHARDEV, monitor, () => {
      const text = `--record ${flags.record}: its disk is nearly full; it ends here, the app goes on`;
      output.event("warning", text, {});
    });
  }
  output.event("start", `${basename(entryPath)} on QEMU's ${machine}`, { entry: entryPath });
  // QEMU ends where it can't have one of them.
  void monitor.began.then(
    () => publish.forEach((port) => announce(output, port)),
    () => {},
  );
  passSignals(interrupts, output);
  const end = await running.ended;
  filter.end();
  const isFailure = end.kind !== "exit" || end.code !== 0;
  const hint = isFailure ? memoryHint.line(config.memoryBytes) : undefined;
  if (hint !== undefined) output.event("hint", hint, {});
  finish(end, isInterrupted || interrupts.wasStopped);
}

/** Refuses what QEMU could only refuse after the image was built, or would stand still with. */
function checkMachine({ memoryBytes }: ResolvedConfig): void {
  if (memoryBytes < MIN_MACHINE_BYTES) {
    throw new Failure("--memory: a machine with less than 2MB does not begin; give it more", 2);
  }
}

function parsePort(flag: string | true): number {
  const port = flag === true ? DEFAULT_GDB_PORT : Number(flag);
  if (Number.isInteger(port) && port > 0 && port <= 65_535) return port;
  throw new Failure(`--gdb: "${flag}" is not a port; write it like --gdb 1234`, 2);
}

/** Writes the program; QEMU appends what the image records of itself. */
function beginRecording(path: string, entryPath: string, { code, map }: Image): void {
  const file = createOutputFile(path, "--record");
  file.write(encodeProgram({ entryPath, code: new TextDecoder().decode(code), map }));
  file.close();
}

/** `FILE` or `FILE,ro`. */
function parseDisk(text: string): QemuDisk {
  const readOnly = text.endsWith(",ro");
  const path = readOnly ? text.slice(0, -3) : text;
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) {
    throw new Failure(`--disk: ${path}: no such file; make one by: truncate -s 64M ${path}`, 2);
  }
  if (!stat.isFile()) {
    const what = stat.isDirectory() ? "a folder" : "no regular file";
    throw new Failure(`--disk: ${path}: it is ${what}; give a file, which QEMU takes as a disk`, 2);
  }
  return { path, readOnly };
}

/** A host port of 0 is any free one; QEMU wants to be told which. */
async function choosePorts({ net, publish }: ResolvedConfig): Promise<Publish[]> {
  if (publish === "auto" || net === "none") return [];
  return Promise.all(
    publish.map(async (port) => {
      if (port.hostPort !== 0) return port;
      try {
        return { ...port, hostPort: await freePort(port.hostAddress) };
      } catch {
        throw new Failure(await explainPort(port), 1);
      }
    }),
  );
}

/** With "auto", each port on which the application listens is led to it, as in user mode. */
function listenerOf(
  { net, publish }: ResolvedConfig,
  monitor: QemuMonitor,
  output: Output,
): PortListener {
  if (publish !== "auto" || net === "none") return () => {};
  return publishAutomatically(
    createForwarder(monitor, NETDEV),
    (port) => announce(output, port),
    (error) => {
      // An image that ends while its port is opened has no use for it.
      if (!(error instanceof MachineEnded)) output.event("error", messageOf(error), {});
    },
  );
}

/**
 * SIGTERM is the power button where the machine has one; a microvm has none, and gets Ctrl-C on its
 * console.
 */
function askToEnd(
  signal: StopSignal,
  running: QemuMachine,
  monitor: QemuMonitor,
  machine: MachineName,
): void {
  if (signal === "SIGINT" || machine === "microvm") running.interrupt();
  else void monitor.run("system_powerdown").catch(() => {});
}

function passSignals(interrupts: Interrupts, output: Output): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (!interrupts.signal(signal)) return;
      output.event("stopping", "stopping; once more to switch off", {});
    });
  }
}

/** @param wasInterrupted The image has ended because it was told to, and not by its own choice. */
function finish(end: QemuEnd, wasInterrupted: boolean): void {
  if (end.kind === "failed") throw new Failure(end.reason, 1);
  if (wasInterrupted) process.exit(INTERRUPTED);
  if (end.kind === "exit") process.exit(end.code);
  process.stderr.write(`libos: QEMU was ended by signal ${end.signal}\n`);
  process.exit(128 + end.signal);
}

async function attempt<Result>(job: () => Promise<Result>): Promise<Result> {
  try {
    return await job();
  } catch (error) {
    throw error instanceof ConfigError ? error : new Failure(messageOf(error), 1);
  }
}
