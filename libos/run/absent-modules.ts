/**
 * Modules and globals of Node that would go past the system to the host: other networks, other
 * processes. An application may import them, since packages do so to be ready for them, and gets an
 * error where it uses them.
 */
import childProcess from "node:child_process";
import cluster from "node:cluster";
import http2 from "node:http2";
import https from "node:https";
import tls from "node:tls";
import workerThreads from "node:worker_threads";

const MODULES: Readonly<Record<string, object>> = {
  child_process: childProcess,
  cluster,
  http2,
  https,
  tls,
  worker_threads: workerThreads,
};

const GLOBALS = ["fetch", "WebSocket", "EventSource"] as const;

/** Thrown where an application uses what a system does not have. */
export class UnavailableError extends Error {
  override readonly name: string = "UnavailableError";
  readonly code = "ERR_LIBOS_UNAVAILABLE";

  constructor(what: string, instead: string) {
    super(
      `${what} would go past this system to the host, and libos has no ${what} of its own yet${instead}`,
    );
  }
}

/** @returns Modules by name, in which every function throws. */
export function createAbsentModules(): Record<string, object> {
  return Object.fromEntries(
    Object.entries(MODULES).map(([name, module]) => [name, createAbsentModule(name, module)]),
  );
}

function createAbsentModule(name: string, module: object): object {
  return Object.fromEntries(
    Object.entries(module).map(([key, value]) => [
      key,
      typeof value === "function" ? refuse(`node:${name}'s ${key}`, "") : value,
    ]),
  );
}

/** A function, so that a package can extend what it takes for a class. */
function refuse(what: string, instead: string): () => never {
  return function () {
    throw new UnavailableError(what, instead);
  };
}

/** Replaces the globals that reach the host's network. */
export function removeHostGlobals(): void {
  for (const name of GLOBALS) {
    Object.defineProperty(globalThis, name, {
      value: refuse(name, `; use http or net of "libos"`),
      writable: true,
      configurable: true,
    });
  }
}
