/** The recording's bytes: entries of a tag and varints. `SPEC.md` describes the format. */

export const MAGIC = "libosrec";
export const FORMAT_VERSION = 1;

/** Tags of entries. Numbers, so that the hot path compares small integers. */
export const TAG = {
  CLOCK: 0x01,
  WALL: 0x02,
  ENTROPY: 0x03,
  JOB: 0x10,
  CHECK: 0x11,
  LOADS: 0x12,
  FRAME: 0x20,
  RECEIVED: 0x21,
  TRANSMIT_FULL: 0x22,
  TRANSMITTED: 0x23,
  LINK: 0x24,
  COMPLETION: 0x30,
  COMPLETED: 0x31,
  SUBMIT_FULL: 0x32,
  TRANSFER_SYNC: 0x33,
  SHARE: 0x40,
  SHARE_CHANGE: 0x41,
  CONSOLE: 0x50,
  MATH: 0x60,
  END: 0x7f,
} as const;

/** Who called a handler: the kind of a JOB entry. */
export const JOB = {
  TIMER: 0,
  NET: 1,
  BLOCK: 2,
  SHARE: 3,
  CONSOLE: 4,
  POWER: 5,
  SCHEDULED: 6,
} as const;

/** Hash functions of the digest. */
export type HashName = "sha256" | "murmur3-x86-128";

/** What a recording says of the system that it was made of. */
export interface RecordingHeader {
  readonly platform: { readonly name: string; readonly engine: string; readonly arch: string };
  readonly regionBytes: number;
  readonly entropyAvailable: boolean;
  /** What the digest is made with; absent: SHA-256. */
  readonly hash?: HashName;
  readonly net: readonly RecordedNet[];
  readonly block: readonly unknown[];
  readonly shares: readonly { readonly name: string; readonly readOnly: boolean }[];
  /** Whatever the composition needs to build the same system again. */
  readonly app: Readonly<Record<string, unknown>>;
}

export interface RecordedNet {
  readonly name: string;
  readonly hardwareAddress: readonly number[];
  readonly mtuBytes: number;
  readonly transmitQueueFrames: number;
  readonly offloads: Readonly<Record<string, boolean | number>>;
}

/** Room for entries that wait: a job between two writes fills it on a busy host. */
const BUFFER_BYTES = 256 * 1024;
/** The part of the buffer at which a job's beginning writes it out. */
const WRITE_OUT_SHARE = 1 / 8;

/** Writes entries through a buffer. `write` of the sink gets a view that is valid for the call. */
export class EntryWriter {
  readonly #buffer: Uint8Array;
  #length = 0;
  readonly #write: (bytes: Uint8Array) => void;

  constructor(write: (bytes: Uint8Array) => void, bufferBytes: number = BUFFER_BYTES) {
    this.#write = write;
    this.#buffer = new Uint8Array(bufferBytes);
  }

  byte(value: number): void {
    if (this.#length === this.#buffer.length) this.flush();
    this.#buffer[this.#length++] = value;
  }

  /** An integer 0 .. 2^53 - 1, as LEB128. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.byte(rest);
  }

  /** A signed integer, |value| < 2^52. */
  signed(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** `length` bytes, without their length. */
  bytes(source: Uint8Array, offset: number, length: number): void {
    if (length > this.#buffer.length - this.#length) this.flush();
    if (length > this.#buffer.length) {
      this.#write(source.subarray(offset, offset + length));
      return;
    }
    this.#buffer.set(source.subarray(offset, offset + length), this.#length);
    this.#length += length;
  }

  /** UTF-8 text with its length. */
  text(value: string): void {
    const bytes = new TextEncoder().encode(value);
    this.varint(bytes.length);
    this.bytes(bytes, 0, bytes.length);
  }

  get isDue(): boolean {
    return this.#length >= this.#buffer.length * WRITE_OUT_SHARE;
  }

  flush(): void {
    if (this.#length === 0) return;
    this.#write(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}

/** Thrown by the reader where a recording was cut short. */
export class EndOfRecording extends Error {
  override readonly name: string = "EndOfRecording";
}

/** Reads entries. Any bytes may come; what runs over the end throws `EndOfRecording`. */
export class EntryReader {
  readonly #bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#bytes.length;
  }

  /** The next byte, left where it is; -1 at the end. */
  peek(): number {
    return this.#bytes[this.position] ?? -1;
  }

  byte(): number {
    const value = this.#bytes[this.position++];
    if (value === undefined) throw new EndOfRecording("the recording ends inside an entry");
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
      if (scale > 2 ** 56)
        throw new EndOfRecording("the recording is damaged: a number is too long");
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  /** A view of the next `length` bytes. */
  bytes(length: number): Uint8Array {
    const start = this.position;
    if (start + length > this.#bytes.length) {
      throw new EndOfRecording("the recording ends inside an entry");
    }
    this.position += length;
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes(this.varint()));
  }
}
