import type { CoreContext } from "./context.ts";

/**
 * Whether one object (a socket, a server, a timer) keeps the system alive: it does while it is
 * active and has not been unreferenced, in the manner of libuv's handles.
 */
export class Liveness {
  readonly #context: Pick<CoreContext, "hold" | "release">;
  #active = false;
  #referenced = true;

  constructor(context: Pick<CoreContext, "hold" | "release">) {
    this.#context = context;
  }

  get referenced(): boolean {
    return this.#referenced;
  }

  /** Begins or ends the activity that keeps the system alive. Idempotent. */
  setActive(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    if (this.#referenced) this.#change(active);
  }

  /** Node's `ref()` and `unref()`. Idempotent. */
  setReferenced(referenced: boolean): void {
    if (referenced === this.#referenced) return;
    this.#referenced = referenced;
    if (this.#active) this.#change(referenced);
  }

  #change(holds: boolean): void {
    if (holds) this.#context.hold?.();
    else this.#context.release?.();
  }
}
