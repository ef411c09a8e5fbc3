/** Handlers that write down what happens, and wait for it. */
import type { HostListener, HostSockets, HostTcpHandler, HostTcpSocket } from "../host-sockets.ts";

const PATIENCE_MS = 10_000;

/** Waits until `condition` holds. @throws Error that names `what`, after ten seconds. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const started = performance.now();
  while (!condition()) {
    if (performance.now() - started > PATIENCE_MS) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** @throws Error with both values when they differ. */
export function expectEqual(what: string, found: unknown, wanted: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left !== right) throw new Error(`${what}: found ${left}, wanted ${right}`);
}

/** A TCP handler that collects; `appetite` is how many bytes it consumes in all. */
export class TcpRecorder implements HostTcpHandler {
  readonly events: string[] = [];
  readonly chunks: Uint8Array[] = [];
  receivedBytes = 0;
  appetite: number = Infinity;

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  has(event: string): boolean {
    return this.events.includes(event);
  }

  onConnect(): void {
    this.events.push("connect");
  }

  onData(_socket: HostTcpSocket, bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.appetite - this.receivedBytes);
    this.receivedBytes += count;
    if (count > 0) this.chunks.push(bytes.slice(0, count));
    return count;
  }

  onEnd(): void {
    this.events.push("end");
  }

  onSpace(): void {
    this.events.push("space");
  }

  onClose(_socket: HostTcpSocket, error: string | undefined): void {
    this.events.push(`close ${error ?? "orderly"}`);
  }
}

/** Listens on a free port of 127.0.0.1 and records what comes in. */
export async function listen(
  sockets: HostSockets,
  onConnection: (socket: HostTcpSocket) => void,
): Promise<HostListener> {
  let failure = "";
  const listener = sockets.listenTcp({
    address: "127.0.0.1",
    port: 0,
    onListening() {},
    onError: (error) => (failure = error),
    onConnection,
  });
  await until("listening", () => listener.port !== 0 || failure !== "");
  expectEqual("listen", failure, "");
  return listener;
}
