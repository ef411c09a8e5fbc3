import type { BlockDevice } from "./block-device.ts";
import type { ByteHelpers } from "./byte-helpers.ts";
import type { NetDevice } from "./net-device.ts";
import type { PacketMemory } from "./packet-memory.ts";
import type { ShareDevice } from "./share-device.ts";
import type { Clock, Timer } from "./time.ts";

/**
 * What every platform offers to one system.
 *
 * Rules that hold for the whole contract:
 *
 * 1. **Nothing blocks and nothing polls.** A device says `onReady`; the kernel drains it in a turn.
 *    Between turns the platform idles until a device is ready or the timer's deadline passes.
 * 2. **A handler runs on an empty stack.** The platform calls a handler (`onReady`, `onExpire`, …)
 *    as a job of its own, with no promise reaction pending: never from inside a call into the
 *    contract, and never from inside another handler. So a handler may run a whole turn.
 * 3. **Readiness is an edge with memory.** A handler is called at least once after the device
 *    became ready; it may be called for nothing. What is not drained is announced again.
 * 4. **Buffers are borrowed.** Nobody keeps a view or an offset longer than its method says.
 * 5. **All nondeterminism enters here.** Two platforms that answer the same calls with the same
 *    values produce the same system, byte for byte. Recording and replay stand on this rule.
 */
export interface Hal {
  readonly platform: Platform;
  readonly memory: PacketMemory;
  /**
   * `u8[2]`, for a platform on which JavaScript's heap has a bound. There "out of memory" is thrown at a
   * call or a loop soon after memory was found full, and small requests are served from a reserve
   * until then. So the error may meet anything that happens to run, and both sides say what they know:
   *
   * - `[0]`, written by the system: what runs. 0, the application: it is told when three quarters of the
   *   reserve are used up. 1, work for one peer, which can be given up for the others: told when half of
   *   it is. 2, the system's own work: never told; when all is used up, the machine ends with a report.
   *   Who writes it puts back what it held, also when it throws. A handler begins with 0.
   * - `[1]`, written by the platform: 1 while memory is full and the reserve is in use. The system then
   *   takes nothing more on, and gives peers up at moments that suit it.
   *
   * A single request that is too large for the reserve is refused where it is made, whatever runs.
   */
  readonly heapState?: Uint8Array;
  /** Where the platform has them natively. */
  readonly bytes?: ByteHelpers;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly entropy: Entropy;
  readonly console: Console;
  readonly power: Power;
  /** Network devices, in a fixed order; the first is the default route's. */
  readonly net: readonly NetDevice[];
  readonly block: readonly BlockDevice[];
  /** Folders of the host that the user gave to this system. Empty on a bare machine. */
  readonly shares: readonly ShareDevice[];
  /**
   * Gives every resource back to the platform: no handler is called afterwards, and sockets, files
   * and timers of the platform are closed. Idempotent. Data that a device has already accepted is
   * still delivered where the platform can.
   */
  close(): void;
}

/** What this platform is. Constant for the life of the system. */
export interface Platform {
  /** The adapter: "node", "deno", "sim", "browser", "replay" or "bare-metal". */
  readonly name: string;
  /** The JavaScript engine and its version, e.g. "v8 13.6". */
  readonly engine: string;
  /** "x86_64", "aarch64", "riscv64", "loongarch64", or "unknown". */
  readonly arch: string;
}

/** A source of random bits that are fit for cryptography. */
export interface Entropy {
  /**
   * False when the platform has no source (a machine without virtio-rng and RDSEED). What needs
   * unpredictable numbers then refuses to start; nothing falls back to a weak source in silence.
   */
  readonly available: boolean;
  /**
   * Fills all of `target` with random bytes. Never blocks, never returns less.
   *
   * @param target `u8[n]`, any n >= 0.
   * @throws Error when `available` is false.
   */
  fill(target: Uint8Array): void;
}

/** The text console: the terminal of a process, or the serial line of a machine. */
export interface Console {
  /**
   * Writes all bytes, in order. May hold them in a queue of the platform; never loses them while
   * the platform lives, and never blocks the caller for longer than the copy.
   *
   * @param stream 1 for output, 2 for diagnostics; a platform with one line merges them.
   * @param bytes UTF-8, borrowed for the call.
   */
  write(stream: 1 | 2, bytes: Uint8Array): void;
  /**
   * Hands over the input that arrived since the last call.
   *
   * @param accept `bytes` is `u8[n]`, n >= 1, valid during the call. It is called with n = 0 once,
   *   at the end of input.
   * @returns The number of calls made to `accept`.
   */
  read(accept: (bytes: Uint8Array) => void): number;
  /** Sets the one handler for new input; until one is set, input is not read from the platform. */
  onReady(handler: () => void): void;
}

/** Ending a system, and being asked to end. */
export interface Power {
  /**
   * Ends the system: the process exits, the machine powers off, the simulator marks it as off.
   * May return; the caller does nothing after it.
   *
   * @param exitCode Integer in 0 .. 255.
   */
  off(exitCode: number): void;
  /** Starts the same system again where the platform can; else as `off(0)`. */
  reset(): void;
  /** Sets the one handler for a request to end (Ctrl-C, SIGTERM, the ACPI power button). */
  onRequest(handler: () => void): void;
}
