/**
 * The global `machine` of an image: what the kernel's native code offers (`src/binding`). Only
 * `hal.ts` uses it; everything above sees `Hal` and `Machine`.
 *
 * Every function checks its arguments: a `TypeError` or `RangeError` is a bug of the caller. None
 * keeps an array, none blocks, and none calls JavaScript.
 */
import type { Dma, Mmio, PciSpace, Ports } from "../libos/hal/mod.ts";

/** The kernel, as JavaScript sees it. */
export interface NativeMachine {
  /** "x86_64". */
  readonly arch: string;
  /** The engine and its version. */
  readonly engine: string;
  /** The command line that the loader passed. */
  readonly commandLine: string;
  /** RAM of the machine in bytes, whoever uses it. */
  readonly ramBytes: number;
  /** Packet memory: physical pages that devices can reach. */
  readonly packetBytes: Uint8Array;
  /** What the payload carries beside its source (`SPEC.md`), checked; empty where that is all. */
  readonly attachment: Uint8Array;
  /** The first part of packet memory, which `dma` gives to pools; the rest is the system's region. */
  readonly dmaBytes: number;
  /** Configuration space of each PCI function: 256, 4096, or 0 where there is no PCI. */
  readonly pciConfigBytes: number;
  readonly hasPorts: boolean;
  /**
   * Sets the function that is called when all promise reactions have run: at the start, when a
   * source of interrupts is ready, and at the deadline that it returned.
   *
   * @param poll Returns 0 to be called again at once, a deadline in microseconds since boot, or
   *   Infinity. With Infinity and no source of interrupts, the application has ended, with code 0.
   */
  onPoll(poll: () => number): void;
  /**
   * Sets the function that is called once when an error that nobody caught was reported, before the
   * image ends: no job follows it. A full heap (code 73), a trap or a bug of the kernel do not call it.
   */
  onFailure(handler: () => void): void;
  /**
   * Sets the function that is asked about each error that nobody caught, before it is reported.
   *
   * @param handler `isRejection` for the reason of a promise that nobody handled. It returns true when
   *   the error is dealt with: then the image goes on. What it throws is reported, and ends the image.
   */
  onUncaught(handler: (error: unknown, isRejection: boolean) => boolean): void;
  /** Does what must never succeed; for tests, and only with `probes` on the command line. */
  probe(name: string): never;
  readonly clock: { nowUs(): number; wallUs(): number };
  readonly entropy: {
    available(): boolean;
    fill(target: Uint8Array): void;
    /** Mixes in what a device gave; 32 bytes or more are a source by themselves. */
    add(bytes: Uint8Array): void;
  };
  readonly console: {
    write(bytes: Uint8Array): void;
    /** Fills `target` with input; returns how many bytes came. */
    read(target: Uint8Array): number;
    /** Switches the console's interrupt on; returns its line. */
    line(): number;
  };
  readonly power: {
    /** Codes above 127 reach QEMU as 127. */
    off(exitCode: number): never;
    reset(): never;
  };
  readonly text: {
    /**
     * Writes `text` as UTF-8, from `offset` on.
     *
     * @returns The bytes written, or -1 where it does not fit or has half a surrogate pair: then
     *   `target` holds nothing of use there, and the portable encoder knows what to replace.
     */
    encodeInto(text: string, target: Uint8Array, offset: number): number;
    /** @returns What `encodeInto` would write; -1 for half a surrogate pair. */
    utf8Length(text: string): number;
    /** As `encodeInto`, one byte for each character; -1 also where one is beyond U+00FF. */
    encodeLatin1(text: string, target: Uint8Array, offset: number): number;
    /** @returns The string, or undefined where the bytes are not well-formed UTF-8. */
    decode(source: Uint8Array, offset: number, length: number): string | undefined;
    /** @returns The string whose characters are these bytes. */
    decodeLatin1(source: Uint8Array, offset: number, length: number): string;
    /** As `ByteHelpers.span`. */
    span(bytes: Uint8Array, start: number, end: number, table: Uint8Array): number;
    /** @returns -1, 0 or 1: the order of the first bytes that differ. */
    compare(
      left: Uint8Array,
      leftOffset: number,
      right: Uint8Array,
      rightOffset: number,
      length: number,
    ): number;
  };
  /** JavaScript's heap; packet memory is not part of it. */
  readonly heap: { usedBytes(): number; limitBytes(): number };
  /** As `Hal.heapState`. */
  readonly heapState: Uint8Array;
  /** What the start reached, from "switched on": undefined behind the last stamp. */
  readonly trace: {
    /** @returns What ended. */
    what(index: number): string | undefined;
    /** @returns When, in microseconds of the clock; negative before the kernel was entered. */
    us(index: number): number | undefined;
  };
  readonly firmware: { table(signature: string): Uint8Array | undefined };
  readonly memory: {
    copy(to: number, from: number, length: number): void;
    copyIn(to: number, source: Uint8Array, sourceOffset: number, length: number): void;
    copyOut(target: Uint8Array, targetOffset: number, from: number, length: number): void;
    zero(offset: number, length: number): void;
    checksum(offset: number, length: number, sum: number): number;
    copyChecksum(to: number, from: number, length: number, sum: number): number;
  };
  readonly dma: Dma;
  readonly mmio: Mmio;
  readonly ports: Ports;
  readonly pci: Omit<PciSpace, "configBytes">;
  readonly interrupts: {
    /**
     * Takes a message-signalled source and writes where and what the device shall write: the
     * address as u64 at 0 and the data as u32 at 8, little-endian.
     *
     * @param into 16 bytes.
     * @returns The source, or -1 when none is left.
     */
    message(into: Uint8Array): number;
    /** @returns The source of a wired line, the same each time, or -1 when there is none. */
    line(line: number): number;
    /** The source was served: its line may interrupt again. */
    served(source: number): void;
    /** @returns A source that became ready, or -1. */
    takeReady(): number;
  };
}
