import type { TimerEntry } from "../../kernel/timers.ts";
import type { TcpContext } from "../shared/context.ts";

/** The clock behind `socket.setTimeout`: expires after so long without a `touch`. */
export class IdleTimer {
  readonly #context: Pick<TcpContext, "nowUs" | "timers">;
  readonly #expire: () => void;
  #entry: TimerEntry | undefined;
  #idleUs = 0;

  constructor(context: Pick<TcpContext, "nowUs" | "timers">, expire: () => void) {
    this.#context = context;
    this.#expire = expire;
  }

  /** @param idleMs 0 switches the clock off. */
  setIdleMs(idleMs: number): void {
    this.#idleUs = idleMs * 1000;
    if (idleMs > 0) {
      this.#entry ??= this.#context.timers.create(this.#expire, undefined);
      this.touch();
    } else {
      this.#entry?.cancel();
    }
  }

  /** Something happened: the time begins anew. */
  touch(): void {
    if (this.#idleUs > 0) this.#entry!.set(this.#context.nowUs() + this.#idleUs);
  }

  stop(): void {
    this.#idleUs = 0;
    this.#entry?.cancel();
  }
}
