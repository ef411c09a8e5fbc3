/** QEMU's monitor (QMP, docs/interop/qmp-spec of QEMU): one command at a time. */
import type { Socket } from "node:net";
import { createLineReader, expectConnection } from "./socket.ts";

/** Answers that we ask for are short; what is longer is none of ours. */
const MAX_LINE_CHARACTERS = 1024 * 1024;

/** An answer, or an event. */
interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: { readonly guest?: boolean };
}

/** There is nobody left to ask. */
export class MachineEnded extends Error {
  override readonly name: string = "MachineEnded";

  constructor() {
    super("the machine has ended");
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class QemuMonitor {
  /** QEMU has all that its command line asks for, ports of the host among it. */
  readonly began: Promise<void>;
  readonly #connected: Promise<Socket>;
  #waiting: Waiting | undefined;
  #last: Promise<unknown>;
  #isClosed = false;
  readonly #onRestart: () => void;

  /**
   * @param connected QEMU's connection.
   * @param onRestart Called when the guest resets its machine.
   */
  constructor(connected: Promise<Socket>, onRestart: () => void) {
    this.#onRestart = onRestart;
    this.#connected = connected.then((socket) => this.#listen(socket));
    this.#last = this.#send("qmp_capabilities", {});
    this.began = this.#last.then(() => {});
    // Whoever asks for something hears of it.
    this.#last.catch(() => {});
    this.began.catch(() => {});
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
      this.#waiting?.reject(new MachineEnded());
      this.#waiting = undefined;
    });
    return socket;
  }

  /** The greeting and events have neither of an answer's fields. */
  #take(line: string): void {
    const answer = JSON.parse(line) as Answer;
    if (answer.event === "RESET" && answer.data?.guest === true) this.#onRestart();
    if (answer.return === undefined && answer.error === undefined) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (answer.error === undefined) waiting?.resolve(answer.return);
    else waiting?.reject(new Error(answer.error.desc));
  }

  async #send(execute: string, values: Readonly<Record<string, unknown>>): Promise<unknown> {
    const socket = await this.#connected;
    if (this.#isClosed) throw new MachineEnded();
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      socket.write(`${JSON.stringify({ execute, arguments: values })}\n`);
    });
  }
}

/**
 * Opens the monitor at `path`; QEMU connects to it.
 *
 * @param onRestart Called when the guest resets its machine.
 */
export async function openMonitor(
  path: string,
  onRestart: () => void = () => {},
): Promise<QemuMonitor> {
  const { connected } = await expectConnection(path);
  return new QemuMonitor(connected, onRestart);
}
