/**
 * The Node adapter: a `Hal` over Node's event loop, streams, signals and files.
 *
 * The host's functions come from modules, not from globals, which the system may replace by its own
 * for the application.
 */
import fs from "node:fs";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from "node:timers";
import { webcrypto } from "node:crypto";
import type { Platform } from "../../libos/hal/mod.ts";
import { createHostHal, type HostHal, type HostHalOptions } from "../shared/host-hal.ts";
import type { HostPlatform, HostProcess } from "../shared/host-platform.ts";
import { createImmediateSchedule, type Schedule } from "../shared/jobs.ts";
import { createNodeInput, createNodeOutput, type NodeStreams } from "./streams.ts";

/** How a system's platform on Node is made. */
export interface NodeHalOptions extends HostHalOptions {
  /** Instead of the process's own standard streams. */
  readonly streams?: Partial<NodeStreams>;
  /** Instead of the end of the process, for several systems in one. */
  readonly exit?: (exitCode: number) => void;
}

/** The longest delay of `setInterval`: about 25 days. */
const FOR_EVER_MS = 2 ** 31 - 1;

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "x86_64",
  arm64: "aarch64",
  riscv64: "riscv64",
  loong64: "loongarch64",
};

function nodePlatform(): Platform {
  return {
    name: "node",
    engine: `v8 ${process.versions.v8}`,
    arch: ARCHITECTURES[process.arch] ?? "unknown",
  };
}

function nodeProcess(exit: (exitCode: number) => void): HostProcess {
  return {
    exit,
    onSignal(handler) {
      process.on("SIGINT", handler);
      process.on("SIGTERM", handler);
      return () => {
        process.off("SIGINT", handler);
        process.off("SIGTERM", handler);
      };
    },
  };
}

function nodeHost(options: NodeHalOptions): HostPlatform {
  // Taken now, so that they stay themselves when an application's globals are replaced.
  const wallMs = Date.now;
  const getRandomValues = webcrypto.getRandomValues.bind(webcrypto);
  const exitProcess = process.exit.bind(process);
  const { stdin, stdout, stderr } = options.streams ?? {};
  return {
    platform: nodePlatform(),
    nowMs: performance.now.bind(performance),
    wallMs: () => wallMs(),
    setImmediate,
    setTimeout: (callback, delayMs) => setTimeout(callback, delayMs).unref(),
    clearTimeout: (timeout) => clearTimeout(timeout as NodeJS.Timeout),
    keepAlive() {
      const timer = setInterval(() => {}, FOR_EVER_MS);
      return () => clearInterval(timer);
    },
    getRandomValues: (target) => void getRandomValues(target as Uint8Array<ArrayBuffer>),
    output: createNodeOutput(stdout, stderr),
    input: createNodeInput(stdin),
    process: nodeProcess(options.exit ?? exitProcess),
    fs,
  };
}

/** Jobs on Node's event loop; devices that are made before their HAL share it with the HAL. */
export function createNodeSchedule(): Schedule {
  return createImmediateSchedule(setImmediate);
}

/**
 * Makes the platform of one system in this process.
 *
 * @throws Error when a disk's file or a share's folder cannot be opened, RangeError when the slab
 *   lacks room.
 */
export function createNodeHal(options: NodeHalOptions): HostHal {
  return createHostHal(nodeHost(options), options);
}

export type { NodeStreams } from "./streams.ts";
