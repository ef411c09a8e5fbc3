import type { Console } from "../../libos/hal/mod.ts";
import type { SimEvent, World } from "./world.ts";
import { hashBytes } from "./world-trace.ts";

/** A console whose output is kept and whose input is typed by the test. */
export class SimConsole implements Console, SimEvent {
  readonly isHandler = true;
  readonly #world: World;
  readonly #name: string;
  readonly #limitBytes: number;
  readonly #isOff: () => boolean;
  readonly #output: [Uint8Array[], Uint8Array[]] = [[], []];
  readonly #outputBytes: [number, number] = [0, 0];
  #input: Uint8Array[] = [];
  #handler: (() => void) | undefined;
  #isAnnounced = false;

  constructor(world: World, name: string, limitBytes: number, isOff: () => boolean) {
    this.#world = world;
    this.#name = name;
    this.#limitBytes = limitBytes;
    this.#isOff = isOff;
  }

  write(stream: 1 | 2, bytes: Uint8Array): void {
    const kept = bytes.slice();
    const index = stream === 1 ? 0 : 1;
    const chunks = this.#output[index];
    chunks.push(kept);
    this.#outputBytes[index] += kept.length;
    while (this.#outputBytes[index] > this.#limitBytes) {
      this.#outputBytes[index] -= chunks.shift()!.length;
    }
    if (this.#world.isTracing) {
      const values = { stream, bytes: kept.length, hash: hashBytes(kept) };
      this.#world.trace(this.#name, "console", values);
    }
  }

  output(stream: 1 | 2): Uint8Array {
    const chunks = this.#output[stream === 1 ? 0 : 1];
    const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }

  type(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#add(bytes.slice());
  }

  endInput(): void {
    this.#add(new Uint8Array(0));
  }

  read(accept: (bytes: Uint8Array) => void): number {
    const input = this.#input;
    this.#input = [];
    for (const bytes of input) accept(bytes);
    return input.length;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#input.length > 0) this.#announce();
  }

  isStale(): boolean {
    return this.#isOff();
  }

  run(): void {
    this.#isAnnounced = false;
    this.#world.trace(this.#name, "input", { chunks: this.#input.length });
    this.#handler?.();
  }

  #add(bytes: Uint8Array): void {
    this.#input.push(bytes);
    this.#announce();
  }

  #announce(): void {
    if (this.#isAnnounced || this.#handler === undefined) return;
    this.#isAnnounced = true;
    this.#world.at(this.#world.nowUs, this);
  }
}
