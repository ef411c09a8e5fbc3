/** `AbortController` and `AbortSignal` (DOM standard, 3). */
import { Event, EventTarget } from "./event-target.ts";

type OnAbort = ((event: Event) => unknown) | null;
/** Lets only this module make signals. */
const KEY = Symbol("AbortSignal");

/** Given out by the class below, of which it is a part. */
let abortSignal: (signal: AbortSignal, reason: unknown) => void;

export class AbortSignal extends EventTarget {
  #isAborted = false;
  #reason: unknown;
  #onAbort: OnAbort = null;
  /** Signals that follow this one (`any`). */
  readonly #followers: Set<AbortSignal> = new Set();

  constructor(key?: symbol) {
    super();
    if (key === KEY) return;
    throw Object.assign(new TypeError("Illegal constructor"), {
      code: "ERR_ILLEGAL_CONSTRUCTOR",
    });
  }

  get aborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get onabort(): OnAbort {
    return this.#onAbort;
  }

  set onabort(listener: OnAbort) {
    if (this.#onAbort !== null) this.removeEventListener("abort", this.#onAbort);
    this.#onAbort = typeof listener === "function" ? listener : null;
    this.addEventListener("abort", this.#onAbort);
  }

  throwIfAborted(): void {
    if (this.#isAborted) throw this.#reason;
  }

  /** @returns A signal that is aborted already. */
  static abort(reason: unknown = aborted()): AbortSignal {
    const signal = new AbortSignal(KEY);
    signal.#abort(reason);
    return signal;
  }

  /** @returns A signal that is aborted after `ms` milliseconds; waiting for it keeps nothing alive. */
  static timeout(ms: number): AbortSignal {
    const signal = new AbortSignal(KEY);
    setTimeout(() => {
      signal.#abort(new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    }, ms).unref();
    return signal;
  }

  /** @returns A signal that is aborted with the first of `signals`. */
  static any(signals: Iterable<AbortSignal>): AbortSignal {
    const all = [...signals];
    const signal = new AbortSignal(KEY);
    const first = all.find((each) => each.aborted);
    if (first !== undefined) signal.#abort(first.reason);
    else for (const each of all) each.#followers.add(signal);
    return signal;
  }

  #abort(reason: unknown): void {
    if (this.#isAborted) return;
    this.#isAborted = true;
    this.#reason = reason;
    // All are aborted before the first listener hears of it.
    const heard = this.#markFollowers();
    this.dispatchEvent(new Event("abort"));
    for (const follower of heard) follower.dispatchEvent(new Event("abort"));
  }

  #markFollowers(): AbortSignal[] {
    const marked: AbortSignal[] = [];
    for (const follower of this.#followers) {
      if (follower.#isAborted) continue;
      follower.#isAborted = true;
      follower.#reason = this.#reason;
      marked.push(follower, ...follower.#markFollowers());
    }
    this.#followers.clear();
    return marked;
  }

  static {
    abortSignal = (signal, reason) => signal.#abort(reason);
  }
}

function aborted(): DOMException {
  return new DOMException("This operation was aborted", "AbortError");
}

export class AbortController {
  readonly signal: AbortSignal = new AbortSignal(KEY);

  abort(reason: unknown = aborted()): void {
    abortSignal(this.signal, reason);
  }
}
