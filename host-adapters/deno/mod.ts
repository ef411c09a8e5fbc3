/**
 * The Deno adapter: a `Hal` over Deno's event loop, streams and signals.
 *
 * Files are used through `node:fs`, which Deno implements: its own API has neither positional reads
 * nor a way to open without following a symbolic link. `setImmediate` comes from `node:timers`.
 */
import fs from "node:fs";
import { setImmediate } from "node:timers";
import type { Platform } from "../../libos/hal/mod.ts";
import { createHostHal, type HostHal, type HostHalOptions } from "../shared/host-hal.ts";
import type { HostPlatform, HostProcess } from "../shared/host-platform.ts";
import { createImmediateSchedule, type Schedule } from "../shared/jobs.ts";
import type { DenoApi, DenoGlobals } from "./deno-api.ts";
import { createDenoInput, createDenoOutput, type DenoStreams } from "./streams.ts";

/** How a system's platform on Deno is made. */
export interface DenoHalOptions extends HostHalOptions {
  /** Instead of the process's own standard streams. */
  readonly streams?: Partial<DenoStreams>;
  /** Instead of the end of the process, for several systems in one. */
  readonly exit?: (exitCode: number) => void;
}

/** The longest delay of `setInterval`: about 25 days. */
const FOR_EVER_MS = 2 ** 31 - 1;

function denoPlatform(deno: DenoApi): Platform {
  const isKnown = deno.build.arch === "x86_64" || deno.build.arch === "aarch64";
  const arch = isKnown ? deno.build.arch : "unknown";
  return { name: "deno", engine: `v8 ${deno.version.v8}`, arch };
}

function denoProcess(deno: DenoApi, exit: (exitCode: number) => void): HostProcess {
  return {
    exit,
    onSignal(handler) {
      const listeners = (["SIGINT", "SIGTERM"] as const).map((signal) => {
        const listener = (): void => handler(signal);
        deno.addSignalListener(signal, listener);
        return () => deno.removeSignalListener(signal, listener);
      });
      return () => {
        for (const remove of listeners) remove();
      };
    },
  };
}

function denoHost(globals: DenoGlobals, options: DenoHalOptions): HostPlatform {
  const { Deno: deno, Date, performance, crypto } = globals;
  // Taken now, so that they stay themselves when an application's globals are replaced.
  const nowMs = performance.now.bind(performance);
  const wallMs = Date.now.bind(Date);
  const getRandomValues = crypto.getRandomValues.bind(crypto);
  const exitProcess = deno.exit.bind(deno);
  const { setTimeout, clearTimeout, setInterval, clearInterval } = globals;
  const { stdin, stdout, stderr } = options.streams ?? {};
  return {
    platform: denoPlatform(deno),
    nowMs,
    wallMs,
    setImmediate,
    setTimeout(callback, delayMs) {
      const id = setTimeout(callback, delayMs);
      deno.unrefTimer(id);
      return id;
    },
    clearTimeout: (timeout) => clearTimeout(timeout as number),
    keepAlive() {
      const id = setInterval(() => {}, FOR_EVER_MS);
      return () => clearInterval(id);
    },
    getRandomValues: (target) => void getRandomValues(target),
    output: createDenoOutput(stdout ?? deno.stdout, stderr ?? deno.stderr),
    input: createDenoInput(stdin ?? deno.stdin),
    process: denoProcess(deno, options.exit ?? exitProcess),
    fs,
  };
}

/** Jobs on Deno's event loop; devices that are made before their HAL share it with the HAL. */
export function createDenoSchedule(): Schedule {
  return createImmediateSchedule(setImmediate);
}

/**
 * Makes the platform of one system in this process.
 *
 * @throws Error when a disk's file or a share's folder cannot be opened, RangeError when the slab
 *   lacks room.
 */
export function createDenoHal(options: DenoHalOptions): HostHal {
  return createHostHal(denoHost(globalThis as unknown as DenoGlobals, options), options);
}

export type { DenoStreams } from "./streams.ts";
