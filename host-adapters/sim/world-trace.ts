/** The trace of a world: one line for each event, and a running hash of all lines. */

/** Values by name, in the order in which they are printed. */
export type TraceValues = Readonly<Record<string, number | string | boolean>>;

const FNV_PRIME = 0x01000193;

/** FNV-1a over bytes, 32 bits: it names the content of a frame or a sector in a line. */
export function hashBytes(bytes: Uint8Array): string {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hex(hash);
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

export class WorldTrace {
  /** Lines so far. */
  count = 0;
  readonly #write: ((line: string) => void) | undefined;
  // Two hashes of 32 bits with different starts and multipliers make one of 64.
  #low = 0x811c9dc5;
  #high = 0xcbf29ce4;

  constructor(write: ((line: string) => void) | undefined) {
    this.#write = write;
  }

  /** 16 hexadecimal digits; equal for equal traces. */
  get hash(): string {
    return hex(this.#high) + hex(this.#low);
  }

  line(timeUs: number, source: string, event: string, values: TraceValues): void {
    let line = `${timeUs} ${source} ${event}`;
    for (const [name, value] of Object.entries(values)) line += ` ${name}=${value}`;
    for (let index = 0; index < line.length; index++) this.#add(line.charCodeAt(index));
    this.#add(10);
    this.count++;
    this.#write?.(line);
  }

  #add(code: number): void {
    this.#low = Math.imul(this.#low ^ code, FNV_PRIME);
    this.#high = Math.imul(this.#high ^ code ^ (this.#low >>> 24), 0x85ebca6b);
  }
}
