/**
 * `trace=boot` on the command line: a table of where the start's time went, printed after the first
 * answer to a client, or at the end where there was none.
 */
import type { NativeMachine } from "../../../bare-metal/native.ts";
import type { Hal, NetDevice } from "../../hal/mod.ts";

/** The kernel's word that asks for it. */
const WORD = "trace=boot";
/** Ethernet, IPv4, UDP and TCP: the bytes that are looked at (RFC 894, 791, 768, 9293). */
const [TYPE_AT, IP_AT, TOTAL_AT, PROTOCOL_AT] = [12, 14, 16, 23];
const [IPV4, TCP, UDP] = [0x0800, 6, 17];
const UDP_HEADER = 8;
const SYN_WITHOUT_ACK = 0x02;
const SYN_AND_ACK = 0x12;
/** Servers of DNS and DHCP: what the image itself asks and is told is no client's. */
const SERVER_PORTS: readonly number[] = [53, 67];
const BEGINS = "waiting for a client";
const ANSWERED = "the first answer";

/** What a frame tells of clients. */
export type FrameKind = "connects" | "data" | "other";

/**
 * @param at Where the frame begins; its headers are in one piece.
 * @returns "connects": a SYN; "data": TCP or UDP with data, but for what servers of DNS and DHCP are
 *   asked and tell.
 */
export function kindOfFrame(bytes: Uint8Array, at: number, isIncoming: boolean): FrameKind {
  const u16 = (offset: number): number => (bytes[at + offset]! << 8) | bytes[at + offset + 1]!;
  if (u16(TYPE_AT) !== IPV4) return "other";
  const ipHeader = (bytes[at + IP_AT]! & 15) * 4;
  const transport = IP_AT + ipHeader;
  const payload = u16(TOTAL_AT) - ipHeader;
  const protocol = bytes[at + PROTOCOL_AT];
  if (protocol === UDP) {
    const peerPort = u16(isIncoming ? transport : transport + 2);
    return SERVER_PORTS.includes(peerPort) || payload <= UDP_HEADER ? "other" : "data";
  }
  if (protocol !== TCP) return "other";
  if ((bytes[at + transport + 13]! & SYN_AND_ACK) === SYN_WITHOUT_ACK) return "connects";
  return payload > (bytes[at + transport + 12]! >> 4) * 4 ? "data" : "other";
}

/** Collects what the start reached. */
export class BootTrace {
  readonly #native: Pick<NativeMachine, "trace" | "clock">;
  readonly #write: (line: string) => void;
  /** What ended, and when, in microseconds since the machine was switched on. */
  readonly #stamps: (readonly [string, number])[] = [];
  readonly #switchedOnUs: number;
  #isAsked = false;
  #isPrinted = false;

  constructor(native: Pick<NativeMachine, "trace" | "clock">, write: (line: string) => void) {
    this.#native = native;
    this.#write = write;
    const { trace } = native;
    this.#switchedOnUs = trace.us(0) ?? 0;
    for (let index = 1; ; index++) {
      const what = trace.what(index);
      if (what === undefined) break;
      this.#stamps.push([what, trace.us(index)! - this.#switchedOnUs]);
    }
  }

  /** Notes that `what` has just ended. */
  mark(what: string): void {
    if (this.#isPrinted) return;
    this.#stamps.push([what, this.#native.clock.nowUs() - this.#switchedOnUs]);
  }

  /** @returns The platform, whose first network card is watched for a client and its answer. */
  watch(hal: Hal): Hal {
    const [first, ...others] = hal.net;
    if (first === undefined) return hal;
    return { ...hal, net: [this.#watchDevice(first, hal.memory.bytes), ...others] };
  }

  /** Prints the table, once. */
  print(): void {
    if (this.#isPrinted) return;
    this.#isPrinted = true;
    for (const line of renderStamps(this.#stamps)) this.#write(line);
  }

  #watchDevice(device: NetDevice, bytes: Uint8Array): NetDevice {
    return {
      info: device.info,
      receive: (accept, budget) =>
        device.receive((offset, length, offload) => {
          if (!this.#isAsked && kindOfFrame(bytes, offset, true) !== "other") this.#asked();
          accept(offset, length, offload);
        }, budget),
      transmit: (frame) => {
        const isTaken = device.transmit(frame);
        const isAwaited = isTaken && this.#isAsked && !this.#isPrinted;
        if (isAwaited && kindOfFrame(bytes, frame.partOffset[0]!, false) === "data") {
          this.#answered(device);
        }
        return isTaken;
      },
      flush: () => device.flush(),
      transmitted: () => device.transmitted(),
      linkUp: () => device.linkUp(),
      onReady: (handler) => device.onReady(handler),
    };
  }

  #asked(): void {
    this.#isAsked = true;
    this.mark(BEGINS);
  }

  #answered(device: NetDevice): void {
    this.mark(ANSWERED);
    // The client need not wait for our table.
    device.flush();
    this.print();
  }
}

/** @returns A trace where the command line asks for one. */
export function createBootTrace(
  native: NativeMachine,
  write: (line: string) => void,
): BootTrace | undefined {
  return native.commandLine.split(" ").includes(WORD) ? new BootTrace(native, write) : undefined;
}

/** @returns Lines: what ended, when, and how long it took. */
export function renderStamps(stamps: readonly (readonly [string, number])[]): string[] {
  const ms = (us: number): string => (us / 1000).toFixed(2).padStart(9);
  let before = 0;
  const lines = stamps.map(([what, us]) => {
    const line = `boot: ${ms(us)} ${ms(us - before)}  ${what}`;
    before = us;
    return line;
  });
  return ["boot:   ends at      took  (ms since the machine was switched on)", ...lines];
}
