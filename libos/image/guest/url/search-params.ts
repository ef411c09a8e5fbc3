/** `URLSearchParams` (WHATWG URL, 6.2). */
import { formatForm, parseForm } from "./encode.ts";

type Init =
  string | Readonly<Record<string, string>> | Iterable<readonly [string, string]> | undefined;

export class URLSearchParams {
  #pairs: [string, string][];
  #onChange: ((text: string) => void) | undefined;

  constructor(init?: Init) {
    if (init === undefined || init === null) this.#pairs = [];
    else if (typeof init === "object") {
      const isList = typeof (init as Iterable<unknown>)[Symbol.iterator] === "function";
      const pairs = isList
        ? [...(init as Iterable<readonly [string, string]>)]
        : Object.entries(init as Readonly<Record<string, string>>);
      this.#pairs = pairs.map(([name, value]) => [String(name), String(value)]);
    } else this.#pairs = parseForm(String(init).replace(/^\?/, ""));
  }

  /** Ties parameters to a URL, which hears of every change. */
  static of(
    query: string,
    onChange: (text: string) => void,
  ): { readonly params: URLSearchParams; reset(query: string): void } {
    const params = new URLSearchParams(query);
    params.#onChange = onChange;
    return { params, reset: (text) => (params.#pairs = parseForm(text)) };
  }

  get size(): number {
    return this.#pairs.length;
  }

  append(name: string, value: string): void {
    this.#pairs.push([String(name), String(value)]);
    this.#changed();
  }

  delete(name: string, value?: string): void {
    const isOther = ([key, item]: readonly [string, string]): boolean =>
      key !== name || (value !== undefined && item !== value);
    this.#pairs = this.#pairs.filter(isOther);
    this.#changed();
  }

  get(name: string): string | null {
    return this.#pairs.find(([key]) => key === name)?.[1] ?? null;
  }

  getAll(name: string): string[] {
    return this.#pairs.filter(([key]) => key === name).map(([, value]) => value);
  }

  has(name: string, value?: string): boolean {
    return this.#pairs.some(
      ([key, item]) => key === name && (value === undefined || item === value),
    );
  }

  set(name: string, value: string): void {
    const at = this.#pairs.findIndex(([key]) => key === name);
    if (at < 0) this.#pairs.push([name, String(value)]);
    else {
      this.#pairs[at] = [name, String(value)];
      this.#pairs = this.#pairs.filter(([key], index) => index <= at || key !== name);
    }
    this.#changed();
  }

  sort(): void {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed();
  }

  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void {
    for (const [name, value] of this.#pairs) callback(value, name, this);
  }

  *entries(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys(): IterableIterator<string> {
    for (const [name] of this.#pairs) yield name;
  }

  *values(): IterableIterator<string> {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return formatForm(this.#pairs);
  }

  #changed(): void {
    this.#onChange?.(this.toString());
  }
}
