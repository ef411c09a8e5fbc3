/** QEMU's monitor (QMP, docs/interop/qmp-spec of QEMU): one command at a time. */
import type { Socket } from "node:net";
import { createLineReader, expectConnection } from "./socket.ts";

/** Answers that we ask for are short; what is longer is none of ours. */
const MAX_LINE_CHARACTERS = 1024 * 1024;

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class QemuMonitor {
  readonly #connected: Promise<Socket>;
  #waiting: Waiting | undefined;
  #last: Promise<unknown>;
  #isClosed = false;

  /** @param connected QEMU's connection. */
  constructor(connected: Promise<Socket>) {
    this.#connected = connected.then((socket) => this.#listen(socket));
    this.#last = this.#send("qmp_capabilities", {});
    // Whoever asks for something hears of it.
    this.#last.catch(() => {});
  }

  /**
   * Runs a command, after those before it.
   *
   * @returns What QEMU returns.
   * @throws Error with QEMU's words, or that the machine has ended.
   */
  run(command: string, values: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const next = this.#last.then(() => this.#send(command, values));
    this.#last = next.catch(() => {});
    return next;
  }

  /** Runs a command of the monitor for people. @returns What it says; "" where all is well. */
  async say(line: string): Promise<string> {
    return String(await this.run("human-monitor-command", { "command-line": line })).trim();
  }

  #listen(socket: Socket): Socket {
    socket.on(
      "data",
      createLineReader(MAX_LINE_CHARACTERS, (line) => this.#take(line)),
    );
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#isClosed = true;
      this.#waiting?.reject(new Error("the machine has ended"));
      this.#waiting = undefined;
    });
    return socket;
  }

  /** The greeting and events have neither of an answer's fields. */
  #take(line: string): void {
    const answer = JSON.parse(line) as Answer;
    if (answer.return === undefined && answer.error === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (answer.error === undefined) waiting?.resolve(answer.return);
    else waiting?.reject(new Error(answer.error.desc));
  }

  async #send(execute: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
    const socket = await this.#connected;
    if (this.#isClosed) throw new Error("the machine has ended");
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      socket.write(`${JSON.stringify({ execute, arguments: values })}\n`);
    });
  }
}

/** Opens the monitor at `path`; QEMU connects to it. */
export async function openMonitor(path: string): Promise<QemuMonitor> {
  const { connected } = await expectConnection(path);
  return new QemuMonitor(connected);
}
