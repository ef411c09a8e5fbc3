/** What to do where an image says that its machine has too little memory, or that its heap is full. */

/** The image's last words before it ends are no longer than this. */
const TAIL_CHARACTERS = 400;
const MIB = 1024 * 1024;

/** The sentences of the loader and of the kernel, with KiB. */
const SENTENCES: readonly RegExp[] = [
  /libos: too little memory: RAM reaches to \d+ KiB, and .* must reach to (?<need>\d+) KiB/,
  /libos: too little memory: (?<have>\d+) KiB of RAM, .* at least (?<need>\d+) KiB more/,
  /libos: (?:too little|out of) memory(?<need>)/,
];

/** Looks on at the console. */
export class MemoryHint {
  #tail = "";

  take(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
  }

  /**
   * @param memoryBytes What the machine had.
   * @returns A line with the size to try, a power of two MB; undefined where memory was not scarce.
   */
  line(memoryBytes: number): string | undefined {
    const groups = SENTENCES.map((each) => each.exec(this.#tail)?.groups).find(Boolean);
    if (groups === undefined) return undefined;
    const neededBytes = (Number(groups["need"]) + Number(groups["have"] ?? 0)) * 1024;
    const bytes = Math.max(neededBytes, memoryBytes + 1);
    return `give the machine more memory: -m ${2 ** Math.ceil(Math.log2(bytes / MIB))}MB`;
  }
}
