/** Counts what the server is asked for. */
import type { Request, Response } from "./modules.ts";

/** One answered request, for the list of the latest. */
export interface RecentRequest {
  readonly id: number;
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly ms: number;
}

export interface TrafficState {
  readonly requests: number;
  readonly active: number;
  /** Dashboards that are fed. */
  readonly viewers: number;
  /** Answers by the first digit of their status: index 2 is 2xx. */
  readonly statuses: readonly number[];
  /** The latest answers, newest first. */
  readonly recent: readonly RecentRequest[];
}

/** How many of the latest requests are kept. */
const RECENT_REQUESTS = 12;
const MAX_URL_LENGTH = 80;

export class Traffic {
  #requests = 0;
  #active = 0;
  readonly #statuses = [0, 0, 0, 0, 0, 0];
  readonly #recent: RecentRequest[] = [];

  /** @param isListed False for the dashboard's own polling, which is counted but not listed. */
  watch(request: Request, response: Response, isListed: boolean): void {
    const startedMs = Date.now();
    const id = ++this.#requests;
    this.#active++;
    response.on("close", () => {
      this.#active--;
      const kind = Math.trunc(response.statusCode / 100);
      this.#statuses[kind] = (this.#statuses[kind] ?? 0) + 1;
      if (!isListed) return;
      this.#recent.unshift({
        id,
        method: request.method ?? "",
        url: (request.url ?? "").slice(0, MAX_URL_LENGTH),
        status: response.statusCode,
        ms: Date.now() - startedMs,
      });
      this.#recent.length = Math.min(this.#recent.length, RECENT_REQUESTS);
    });
  }

  state(viewers: number): TrafficState {
    return {
      requests: this.#requests,
      active: this.#active,
      viewers,
      statuses: [...this.#statuses],
      recent: [...this.#recent],
    };
  }
}
