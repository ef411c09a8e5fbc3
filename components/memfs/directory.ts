/** Rebuild when removed names outnumber the others, and this many. */
const REMOVED_MIN = 64;
const REMOVED = -1;

/**
 * The names of one directory.
 *
 * A removed name stays in the map with a mark until the map is rebuilt. `Map.delete` would leave a
 * hole in the map's chain each time, and a name that is made and removed again and again in a large
 * directory would have to step over all of them.
 */
export class Directory {
  #slots = new Map<string, number>();
  #removed = 0;

  /** How many names there are. */
  get size(): number {
    return this.#slots.size - this.#removed;
  }

  /** @returns The slot under `name`, or -1. */
  get(name: string): number {
    return this.#slots.get(name) ?? REMOVED;
  }

  set(name: string, slot: number): void {
    if (this.#removed > 0 && this.#slots.get(name) === REMOVED) this.#removed--;
    this.#slots.set(name, slot);
  }

  /** Removes a name that is there. */
  delete(name: string): void {
    this.#slots.set(name, REMOVED);
    this.#removed++;
    if (this.#removed > REMOVED_MIN && this.#removed > this.size) this.#rebuild();
  }

  forEach(visit: (name: string, slot: number) => void): void {
    for (const [name, slot] of this.#slots) if (slot !== REMOVED) visit(name, slot);
  }

  #rebuild(): void {
    const slots = new Map<string, number>();
    this.forEach((name, slot) => slots.set(name, slot));
    this.#slots = slots;
    this.#removed = 0;
  }
}
