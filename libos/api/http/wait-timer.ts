import type { TimerEntry } from "../../kernel/timers.ts";
import type { ServerSettings, Waiting } from "./server-settings.ts";

const MS_US = 1_000;

/** What has waited too long. */
export interface WaitOwner {
  _expired(waiting: Waiting): void;
}

/** The time limit of what a server's connection waits for. */
export class WaitTimer {
  readonly #settings: ServerSettings;
  readonly #owner: WaitOwner;
  readonly #entry: TimerEntry;
  #waiting: Waiting = "nothing";
  /** Head and body of a request have their limits from its beginning. */
  #startedUs = 0;

  constructor(settings: ServerSettings, owner: WaitOwner) {
    this.#settings = settings;
    this.#owner = owner;
    this.#entry = settings.runtime.needs.timers.create(expire, this);
  }

  /** Sets the limit of what the connection waits for from now on. */
  waitFor(waiting: Waiting): void {
    const settings = this.#settings;
    const isStart = waiting !== this.#waiting && (waiting === "head" || waiting === "request");
    this.#waiting = waiting;
    if (waiting === "response") {
      this.#entry.cancel();
      return;
    }
    const nowUs = settings.runtime.needs.nowUs();
    if (isStart || waiting === "request") this.#startedUs = nowUs;
    const limitMs = settings.timeLimitMs(waiting);
    if (limitMs > 0) this.#entry.set(this.#startedUs + limitMs * MS_US);
    else this.#entry.cancel();
  }

  cancel(): void {
    this.#entry.cancel();
  }

  expired(): void {
    this.#owner._expired(this.#waiting);
  }
}

function expire(timer: WaitTimer): void {
  timer.expired();
}
