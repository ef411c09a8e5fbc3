/**
 * The composition of an image: the machine, its devices, and the system on them. Everything that an
 * application reaches is here; `globals.ts` comes first, since packages look at the globals.
 */
import { bareMetal, defineGlobals, imageProcess, native, observer, writeLine } from "./globals.ts";
import { Writable } from "readable-stream";
import type { Hal } from "../../hal/mod.ts";
import { createSystem, type System } from "../../system/create-system.ts";
import type { NetworkConfig } from "../../system/network-config.ts";
import { parseArchive, type Archive } from "../archive.ts";
import { parseAddressWords } from "./address-words.ts";
import { createArchiveShare } from "./archive-share.ts";
import { createBootTrace } from "./boot-trace.ts";
import { openControl } from "./control.ts";
import { createCryptoModule } from "./crypto.ts";
import { openDevices } from "./devices.ts";
import { holdWhileBusy } from "./held-block.ts";
import { Liveness } from "./liveness.ts";
import { exitCodeOf } from "./process.ts";

/** The number of Ctrl-C on a console. */
const INTERRUPT = 3;

const trace = createBootTrace(native, writeLine);
trace?.mark("modules of libos");
const archive = openArchive();
const { manifest } = archive;
const liveness = new Liveness(
  (job) => observer.schedule(bareMetal, job),
  native.clock,
  () => end(exitCodeOf(imageProcess)),
);
const hal = createHal();
const tell = openControl(native);
trace?.mark("manifest and devices");

/** The system of this image. */
export const system: System = createSystem({
  hal,
  network: networkConfig(),
  hosts: manifest.hosts,
  mounts: manifest.mounts.map((path, index) => ({ share: `volume${index}`, path })),
  hold: () => liveness.hold(),
  release: () => liveness.release(),
  ...((tell || trace) && { onListen: tellListening }),
  ...(observer.trace && { trace: observer.trace }),
});
trace?.mark("the system");

let isEnding = false;
Object.assign(imageProcess.env, manifest.env);
imageProcess.argv.push(...manifest.values);
defineModules();
listenToConsole();
hal.power.onRequest(() => interrupt("SIGTERM"));
if (trace) system.log.attach(({ message }) => trace.mark(message), "info");

/** The application's main module was evaluated: from now on the image ends when nothing is held. */
export function applicationLoaded(): void {
  trace?.mark("the application");
  liveness.begin();
}

function tellListening(protocol: "tcp" | "udp", port: number, isOpen: boolean): void {
  tell?.(`${isOpen ? "listen" : "close"} ${protocol} ${port}`);
  if (isOpen) trace?.mark(`listening on ${protocol} ${port}`);
}

/** DHCP, unless the command line says otherwise. */
function networkConfig(): NetworkConfig {
  const config = parseAddressWords(native.commandLine);
  if (typeof config !== "string") return config;
  writeLine(`libos: ${config}`);
  native.power.off(70);
}

function openArchive(): Archive {
  const decoder = new TextDecoder();
  const found = parseArchive(native.attachment, (bytes) => decoder.decode(bytes));
  if (found !== undefined) return found;
  writeLine("libos: this image has no archive: it was altered, or built by another version");
  native.power.off(70);
}

function createHal(): Hal {
  const base = observer.platform(manifest, bareMetal, createMachineHal);
  const block = base.block.map((device) => holdWhileBusy(device, liveness));
  const platform = { ...base, timer: liveness.watch(base.timer), block };
  return trace?.watch(platform) ?? platform;
}

function createMachineHal(): Hal {
  const devices = openDevices(bareMetal, {
    net: manifest.net,
    report: writeLine,
    other: (transport, needs) => observer.offer(transport, needs),
  });
  const shares = manifest.mounts.map((path, index) =>
    createArchiveShare(`volume${index}`, path, archive),
  );
  return { ...bareMetal.createHal(devices), shares };
}

/** Ends in good order: what is queued is sent, then the machine is switched off. */
function end(exitCode: number): void {
  if (isEnding) return;
  isEnding = true;
  trace?.print();
  imageProcess.emit("exit", exitCode);
  void system.stop().then(() => native.power.off(exitCodeOf(imageProcess) || exitCode));
}

/** Ctrl-C, or the power button: the application's handlers, or the end where it has none. */
function interrupt(signal: "SIGINT" | "SIGTERM"): void {
  if (imageProcess.emit(signal, signal)) return;
  tell?.("interrupted");
  end(exitCodeOf(imageProcess));
}

function listenToConsole(): void {
  hal.console.onReady(() => {
    hal.console.read((bytes) => {
      if (bytes.includes(INTERRUPT)) interrupt("SIGINT");
    });
  });
}

/** Puts the system behind the globals, and behind the modules that the bundler leads here. */
function defineModules(): void {
  const { fs, net, dgram, dns, http, timers } = system;
  const crypto = createCryptoModule(hal.entropy);
  const { promises: timersPromises, ...timerFunctions } = timers;
  defineGlobals({
    ...timerFunctions,
    crypto: crypto.webcrypto,
  });
  const modules = {
    fs,
    "fs/promises": fs.promises,
    net,
    dgram,
    dns,
    "dns/promises": dns.promises,
    http,
    timers,
    "timers/promises": timersPromises,
    crypto,
  };
  (globalThis as unknown as Record<symbol, unknown>)[Symbol.for("libos.modules")] = modules;
  for (const [name, fd] of [
    ["stdout", 1],
    ["stderr", 2],
  ] as const) {
    Object.defineProperty(imageProcess, name, {
      configurable: true,
      value: Object.assign(createOutput(fd), { fd, isTTY: false }),
    });
  }
}

function createOutput(stream: 1 | 2): Writable {
  return new Writable({
    decodeStrings: true,
    write(chunk: Uint8Array, _encoding, callback) {
      hal.console.write(stream, chunk);
      callback();
    },
  });
}
