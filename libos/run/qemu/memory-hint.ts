/** What to do where an image says that its machine has too little memory, or that its heap is full. */

/** The image's last words before it ends, with the stack of an error, are no longer than this. */
const TAIL_CHARACTERS = 4096;
const MIB = 1024 * 1024;
/** What the kernel wants free once all is unpacked (`MEMORY_MIN` in `bare-metal/src/start.rs`). */
const START_BYTES: number = MIB;

/** The sentences of the loader, the kernel and the engine; those that know what is needed say it in KiB. */
const SENTENCES: readonly RegExp[] = [
  /libos: too little memory: RAM reaches to \d+ KiB, and must reach to (?<need>\d+) KiB/,
  /libos: too little memory: (?<have>\d+) KiB of RAM, .* at least (?<need>\d+) KiB more/,
  /libos: (?:too little|out of) memory/,
  /^(?:Uncaught )?InternalError: out of memory/m,
];

/** Looks on at the console. */
export class MemoryHint {
  #tail = "";

  take(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
  }

  /**
   * @param memoryBytes What the machine had, which has ended by a failure.
   * @returns A line with the size to try, a power of two MB; undefined where memory was not scarce.
   */
  line(memoryBytes: number): string | undefined {
    const match = SENTENCES.map((each) => each.exec(this.#tail)).find((each) => each !== null);
    if (match === undefined || match === null) return undefined;
    const { have = "0", need }: Partial<Record<string, string>> = match.groups ?? {};
    const neededBytes = need === undefined ? 0 : (Number(need) + Number(have)) * 1024 + START_BYTES;
    const bytes = Math.max(neededBytes, memoryBytes + 1);
    return `give the machine more memory: -m ${2 ** Math.ceil(Math.log2(bytes / MIB))}MB`;
  }
}
