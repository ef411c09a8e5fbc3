/**
 * What happened to each actor of a scenario, as text: so that one scenario can run over two
 * implementations and be compared. Actors are compared one by one, since the order between two
 * ends of a connection is nobody's promise.
 */
import type { EventEmitter } from "node:events";

export class Journal {
  readonly #entries: Map<string, string[]> = new Map();
  readonly #ports: Map<number, string> = new Map();

  /** Shows `port` as `name` from now on: ports differ from run to run. */
  namePort(port: number, name: string): void {
    this.#ports.set(port, name);
  }

  /** Adds a line for `actor`; a line that repeats the one before is left out. */
  note(actor: string, ...values: unknown[]): void {
    const line = values.map((value) => this.#show(value)).join(" ");
    const lines = this.#entries.get(actor) ?? [];
    this.#entries.set(actor, lines);
    if (lines.at(-1) !== line) lines.push(line);
  }

  /** Notes every event of `emitter` that is named. */
  watch(actor: string, emitter: EventEmitter, events: readonly string[]): void {
    for (const event of events) {
      emitter.on(event, (...values: unknown[]) => {
        const shown = event === "data" || event === "connection" ? [] : values;
        this.note(actor, event, ...shown);
      });
    }
  }

  /** All lines, by actor. */
  toJSON(): Record<string, string[]> {
    const names = [...this.#entries.keys()].toSorted();
    return Object.fromEntries(names.map((name) => [name, this.#entries.get(name)!]));
  }

  #show(value: unknown): string {
    if (value instanceof Error) return this.#showError(value);
    if (typeof value === "object" && value !== null) {
      const fields = Object.entries(value).map(([key, field]) => `${key}=${this.#show(field)}`);
      return `{${fields.toSorted().join(",")}}`;
    }
    let text = String(value);
    for (const [port, name] of this.#ports) {
      text = text.replaceAll(new RegExp(`(?<![0-9.])${port}(?![0-9])`, "g"), name);
    }
    return text;
  }

  #showError(error: Error): string {
    // The streams of readable-stream have the code on the prototype.
    const { code } = error as { code?: unknown };
    const fields = Object.entries({ ...error, ...(code === undefined ? {} : { code }) })
      .filter(([key]) => !["errors", "path"].includes(key))
      .map(([key, value]) => `${key}=${this.#show(value)}`);
    const list = error instanceof AggregateError ? error.errors.map((one) => this.#show(one)) : [];
    return [error.name, this.#show(error.message), ...fields.toSorted(), ...list].join("|");
  }
}

/** Resolves after `emitter` has emitted `event`; rejects after 3 seconds. */
export function happened(emitter: EventEmitter, event: string): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${event} in 3 s`)), 3000);
    emitter.once(event, (...values) => {
      clearTimeout(timer);
      resolve(values);
    });
  });
}
