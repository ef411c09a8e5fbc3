/** `libos run -t qemu`: builds an image of the application, and boots it in QEMU. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { buildImage, type Image } from "../../image/mod.ts";
import type { Publish, ResolvedConfig } from "../../config/mod.ts";
import { loadApplication } from "../../run/load-config.ts";
import { INTERRUPTED } from "../../run/default-system.ts";
import { encodeProgram } from "../../run/image-replay/program.ts";
import { qemuArguments, type MachineName, type QemuDisk } from "../../run/qemu/arguments.ts";
import { startQemu, type QemuEnd, type QemuMachine } from "../../run/qemu/machine.ts";
import { createTraceFilter } from "../../run/qemu/source-positions.ts";
import { Failure } from "../failure.ts";
import { createOutputFile } from "../files.ts";
import { createOutput, type Output } from "../output.ts";
import type { RunFlags } from "./run.ts";

/** Flags that need the system in this process. */
const USER_MODE_FLAGS = ["trace", "inspect", "inspectBrk", "seed"] as const;
const DEFAULT_GDB_PORT = 1234;

/** Runs one application in a machine of QEMU; sets the exit code. */
export async function runInQemu(
  entry: string | undefined,
  values: readonly string[],
  flags: RunFlags,
): Promise<void> {
  for (const name of USER_MODE_FLAGS) {
    if (flags[name] === undefined) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Failure(`--${flag} works in user mode, without -t qemu`, 2);
  }
  const output = createOutput(flags.json === true);
  const { entryPath, config } = await loadApplication(entry, flags);
  const folder = mkdtempSync(join(tmpdir(), "libos-"));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);
  const record = flags.record !== undefined;
  // Names as they are written: DevTools shows those of the program that ran.
  const image = await attempt(() =>
    buildImage({ entryPath, config, values, ...(record && { record, minify: false }) }),
  );
  const { bytes, map, warnings } = image;
  for (const line of warnings) output.event("warning", line, {});
  const imagePath = join(folder, "image.elf");
  writeFileSync(imagePath, bytes);
  if (flags.record !== undefined) beginRecording(flags.record, entryPath, image);
  const publish = await choosePorts(config);
  const machine: MachineName = flags.machine ?? "microvm";
  const filter = createTraceFilter(map, (text) => process.stdout.write(text));
  const gdbPort = flags.gdb === true ? DEFAULT_GDB_PORT : flags.gdb;
  const running = startQemu(
    qemuArguments({
      imagePath,
      machine,
      memoryBytes: config.memoryBytes,
      net: config.net !== "none",
      publish,
      disks: (flags.disk ?? []).map(parseDisk),
      pcapPath: flags.pcap,
      recordPath: flags.record,
      gdbPort: gdbPort === undefined ? undefined : Number(gdbPort),
    }),
    filter.take,
  );
  output.event("start", `${basename(entryPath)} on QEMU's ${machine}`, { entry: entryPath });
  for (const port of publish) announce(output, port);
  const wasInterrupted = passInterrupts(running, output);
  const end = await running.ended;
  filter.end();
  finish(end, wasInterrupted());
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
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new Failure(`--disk: ${path}: no such file; make one by: truncate -s 64M ${path}`, 2);
  }
  return { path, readOnly };
}

/** A host port of 0 is any free one; QEMU wants to be told which. */
async function choosePorts({ net, publish }: ResolvedConfig): Promise<Publish[]> {
  if (publish === "auto" || net === "none") return [];
  return Promise.all(
    publish.map(async (port) =>
      port.hostPort === 0 ? { ...port, hostPort: await freePort(port.hostAddress) } : port,
    ),
  );
}

function freePort(host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

/** The first Ctrl-C asks the image to end, the second one switches the machine off. */
function passInterrupts(machine: QemuMachine, output: Output): () => boolean {
  let count = 0;
  const interrupt = (): void => {
    count++;
    if (count > 1) {
      machine.stop();
      return;
    }
    output.event("stopping", "stopping; once more to switch off", {});
    machine.interrupt();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  return () => count > 0;
}

function finish(end: QemuEnd, wasInterrupted: boolean): void {
  if (end.kind === "failed") throw new Failure(end.reason, 1);
  if (wasInterrupted) process.exit(INTERRUPTED);
  process.exit(end.kind === "exit" ? end.code : 128 + end.signal);
}

function announce(output: Output, port: Publish): void {
  const { protocol, hostAddress, hostPort, appPort } = port;
  const at =
    protocol === "udp" ? `udp ${hostAddress}:${hostPort}` : `http://${hostAddress}:${hostPort}`;
  output.event("publish", `port ${appPort} is at ${at}`, { ...port });
}

async function attempt<Result>(job: () => Promise<Result>): Promise<Result> {
  try {
    return await job();
  } catch (error) {
    throw new Failure(error instanceof Error ? error.message : String(error), 1);
  }
}
