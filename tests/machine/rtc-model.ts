/** An MC146818 clock of the emulated machine. */
import type { RegisterBlock } from "./bus.ts";

export interface RtcModelOptions {
  /** What it tells. */
  readonly date: Date;
  readonly isBinary?: boolean;
  readonly is24Hours?: boolean;
  /** A second passes with every so many reads of the seconds; 0: time stands. */
  readonly readsPerSecond?: number;
  /** The update bit is set for this many reads, at first. */
  readonly busyReads?: number;
}

/** Answers at ports 0x70 and 0x71. */
export class RtcModel implements RegisterBlock {
  readonly #options: RtcModelOptions;
  #ms: number;
  #index = 0;
  #reads = 0;
  #busyReads: number;

  constructor(options: RtcModelOptions) {
    this.#options = options;
    this.#ms = options.date.getTime();
    this.#busyReads = options.busyReads ?? 0;
  }

  write(offset: number, _width: number, value: number): void {
    if (offset === 0) this.#index = value & 0x7f;
  }

  read(offset: number): number {
    if (offset === 0) return 0xff;
    const { isBinary = false, is24Hours = true, readsPerSecond = 0 } = this.#options;
    const date = new Date(this.#ms);
    const encode = (value: number): number =>
      isBinary ? value : Math.floor(value / 10) * 16 + (value % 10);
    switch (this.#index) {
      case 0x00:
        if (readsPerSecond > 0 && ++this.#reads % readsPerSecond === 0) this.#ms += 1000;
        return encode(date.getUTCSeconds());
      case 0x02:
        return encode(date.getUTCMinutes());
      case 0x04: {
        const hours = date.getUTCHours();
        if (is24Hours) return encode(hours);
        return encode(hours % 12 === 0 ? 12 : hours % 12) | (hours >= 12 ? 0x80 : 0);
      }
      case 0x07:
        return encode(date.getUTCDate());
      case 0x08:
        return encode(date.getUTCMonth() + 1);
      case 0x09:
        return encode(date.getUTCFullYear() % 100);
      case 0x32:
        return encode(Math.floor(date.getUTCFullYear() / 100));
      case 0x0a:
        return this.#busyReads-- > 0 ? 0xa6 : 0x26;
      case 0x0b:
        return (isBinary ? 4 : 0) | (is24Hours ? 2 : 0);
      default:
        return 0;
    }
  }
}
