/** What clients do to a server: ask again and again, come and go, send much, break off. */
import { Agent, request, type RequestOptions } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** What has come of it so far. */
export interface LoadCounts {
  answered: number;
  brokenOff: number;
  failed: number;
}

export interface Load {
  readonly counts: Readonly<LoadCounts>;
  /** Waits until no request is under way, does the job, and goes on; connections stay open. */
  between<Result>(job: () => Promise<Result>): Promise<Result>;
  /** Ends when the requests under way have ended. */
  stop(): Promise<void>;
}

const KEEP_ALIVE_CLIENTS = 8;
const VISITORS = 2;
const BODY = Buffer.alloc(100_000, "x");
/** Between two that break off: not to measure the resets of a flood. */
const PAUSE_MS = 100;
/** So long after the last answer the server hears of connections that clients have closed. */
const SETTLE_MS = 100;

/** Starts all clients. They wait `patienceMs` for an answer. */
export function startLoad(host: string, patienceMs: number): Load {
  const counts: LoadCounts = { answered: 0, brokenOff: 0, failed: 0 };
  const over = new AbortController();
  const gate = new Gate();
  const repeat = async (job: () => Promise<void>): Promise<void> => {
    while (!over.signal.aborted) {
      try {
        await gate.pass(job);
      } catch {
        counts.failed++;
        await sleep(PAUSE_MS);
      }
    }
  };
  const ask = async (agent: Agent, options: RequestOptions = {}, body?: Buffer): Promise<void> => {
    await askOnce({ host, agent, ...options }, patienceMs, body);
    counts.answered++;
  };
  const stayers = Array.from({ length: KEEP_ALIVE_CLIENTS }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    return repeat(() => ask(agent)).finally(() => agent.destroy());
  });
  const visitors = Array.from({ length: VISITORS }, () =>
    repeat(async () => {
      const agent = new Agent({ keepAlive: true });
      // The client closes first, as browsers do: the server keeps nothing of the connection.
      await ask(agent).finally(() => agent.destroy());
    }),
  );
  const sender = new Agent({ keepAlive: true, maxSockets: 1 });
  const sends = repeat(() => ask(sender, { method: "POST", path: "/" }, BODY));
  const breaks = repeat(async () => {
    await breakOff(host, patienceMs);
    counts.brokenOff++;
    await sleep(PAUSE_MS);
  });
  return {
    counts,
    between: async (job) => {
      await gate.close();
      await sleep(SETTLE_MS);
      try {
        return await job();
      } finally {
        gate.open();
      }
    },
    async stop() {
      over.abort();
      await Promise.all([...stayers, ...visitors, sends, breaks]);
      sender.destroy();
    },
  };
}

/** Lets jobs pass while it is open. */
class Gate {
  #opened: Promise<void> = Promise.resolve();
  #running = 0;
  #onIdle: (() => void) | undefined;
  #release: () => void = () => {};

  async pass(job: () => Promise<void>): Promise<void> {
    await this.#opened;
    this.#running++;
    try {
      await job();
    } finally {
      if (--this.#running === 0) this.#onIdle?.();
    }
  }

  /** Ends when the jobs that passed have ended. */
  close(): Promise<void> {
    this.#opened = new Promise((resolve) => (this.#release = resolve));
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      if (this.#running === 0) resolve();
    });
  }

  open(): void {
    this.#onIdle = undefined;
    this.#release();
  }
}

/** @returns The answer. @throws Error where there is none. */
export function askOnce(
  options: RequestOptions,
  patienceMs: number,
  body?: Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (part: string) => (text += part));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text);
        else reject(new Error(`status ${response.statusCode}`));
      });
      response.on("error", reject);
    });
    // The timer of a request would begin when its connection stands, which may be never.
    const timer = setTimeout(() => asked.destroy(new Error("no answer")), patienceMs);
    asked.on("close", () => clearTimeout(timer));
    asked.on("error", reject);
    asked.end(body);
  });
}

/** Half a request, then a reset. */
function breakOff(host: string, patienceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(80, host, () => {
      socket.write("POST / HTTP/1.1\r\ncontent-length: 1000\r\n\r\nhalf");
      setTimeout(() => socket.resetAndDestroy(), PAUSE_MS / 2);
    });
    socket.setTimeout(patienceMs, () => socket.destroy(new Error("no connection")));
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
}
