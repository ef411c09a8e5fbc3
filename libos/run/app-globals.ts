/**
 * The application's globals inside `libos run`: time, chance and timers come from the HAL, so that a
 * recording holds for the application too.
 */
import nodeCrypto from "node:crypto";
import type { Hal } from "../hal/mod.ts";
import { createDate, createRandom } from "../record/mod.ts";

/** The timer functions of Node's `timers` module, from this system. */
export interface TimerFunctions {
  readonly setTimeout: unknown;
  readonly clearTimeout: unknown;
  readonly setInterval: unknown;
  readonly clearInterval: unknown;
  readonly setImmediate: unknown;
  readonly clearImmediate: unknown;
}

/** `process.hrtime` and its `bigint`. */
function createHrtime(clock: Hal["clock"]): object {
  const hrtime = (since?: readonly [number, number]): [number, number] => {
    const us = clock.nowUs() - (since === undefined ? 0 : since[0] * 1e6 + since[1] / 1e3);
    const seconds = Math.floor(us / 1e6);
    return [seconds, Math.round((us - seconds * 1e6) * 1e3)];
  };
  return Object.assign(hrtime, { bigint: () => BigInt(clock.nowUs()) * 1000n });
}

/** `node:crypto` with its sources of chance replaced. */
export function createCryptoModule(entropy: Hal["entropy"]): object {
  const fill = <View extends ArrayBufferView>(view: View): View => {
    entropy.fill(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    return view;
  };
  const randomBytes = (size: number, callback?: (error: null, bytes: Buffer) => void): unknown => {
    const bytes = fill(Buffer.alloc(size));
    if (callback === undefined) return bytes;
    queueMicrotask(() => callback(null, bytes));
    return undefined;
  };
  const randomUUID = (): string => {
    const bytes = randomBytes(16) as Buffer;
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  const getRandomValues = <View extends ArrayBufferView>(view: View): View => {
    if (view.byteLength > 65_536) {
      throw new DOMException(`${view.byteLength} bytes exceed 65536`, "QuotaExceededError");
    }
    return fill(view);
  };
  const webcrypto = new Proxy(globalThis.crypto, {
    get(target, property) {
      if (property === "getRandomValues") return getRandomValues;
      if (property === "randomUUID") return randomUUID;
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    ...nodeCrypto,
    webcrypto,
    randomBytes,
    randomUUID,
    getRandomValues,
    randomFillSync: fill,
    pseudoRandomBytes: randomBytes,
  };
}

/**
 * Puts the HAL's time and chance into the global object. libos itself and the adapters took what
 * they need of the host when they were loaded.
 *
 * @returns `node:crypto` for the application's imports.
 */
export function installAppGlobals(hal: Hal, timers: TimerFunctions): object {
  const cryptoModule = createCryptoModule(hal.entropy);
  const RealDate = Date;
  const HalDate = createDate(hal.clock);
  Object.defineProperty(RealDate.prototype, "constructor", {
    value: HalDate,
    writable: true,
    configurable: true,
  });
  const define = (target: object, name: string, value: unknown): void => {
    Object.defineProperty(target, name, { value, writable: true, configurable: true });
  };
  define(globalThis, "Date", HalDate);
  define(Math, "random", createRandom(hal.entropy));
  define(globalThis, "crypto", (cryptoModule as { webcrypto: unknown }).webcrypto);
  const { clock } = hal;
  define(performance, "timeOrigin", (clock.wallUs() - clock.nowUs()) / 1000);
  define(performance, "now", () => clock.nowUs() / 1000);
  define(process, "uptime", () => clock.nowUs() / 1e6);
  define(process, "hrtime", createHrtime(clock));
  for (const name of [
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
    "clearImmediate",
  ] as const) {
    define(globalThis, name, timers[name]);
  }
  return cryptoModule;
}
