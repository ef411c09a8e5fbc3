/** TCP sockets of the host by `node:net`. */
import net from "node:net";
import process from "node:process";
import type {
  HostError,
  HostListener,
  HostListenOptions,
  HostSocketLimits,
  HostTcpHandler,
  HostTcpSocket,
} from "./host-sockets.ts";
import { WriteBatch, type BatchTarget } from "./write-batch.ts";

/** Node's own queues: small, because the flow has queues in packet memory. */
const HIGH_WATER_BYTES = 16_384;
/** One read of the host's kernel. */
const READ_BYTES = 65_536;
const BACKLOG = 511;

/** What all sockets of one `NodeTcp` share. */
interface Shared {
  readonly limits: HostSocketLimits;
  readonly batch: WriteBatch;
  readonly sockets: Set<NodeTcpSocket>;
  /** Every connected socket reads into this buffer: what is not consumed is copied out of it. */
  readonly readBuffer: Uint8Array;
}

class NodeTcpSocket implements HostTcpSocket, BatchTarget {
  handler: HostTcpHandler;
  readonly #shared: Shared;
  readonly #socket: net.Socket;
  #pending: Uint8Array | undefined;
  #hasEnded = false;
  #hasClosed = false;
  #isReading: boolean;
  #isShutDown = false;
  #isGone = false;
  #wantsSpace = false;
  #error: HostError | undefined;

  constructor(shared: Shared, handler: HostTcpHandler, accepted: net.Socket | undefined) {
    this.#shared = shared;
    this.handler = handler;
    this.#isReading = accepted === undefined;
    this.#socket = accepted ?? this.#createSocket();
    shared.sockets.add(this);
    accepted?.on("data", (bytes) => void this.#offer(bytes as Uint8Array));
    this.#socket.on("end", () => this.#onEnd());
    this.#socket.on("drain", () => this.#onDrain());
    this.#socket.on("error", (error: NodeJS.ErrnoException) => {
      this.#error = error.code ?? "ECONNRESET";
    });
    this.#socket.on("close", () => this.#onClose());
    this.#socket.unref();
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? "";
  }

  get remotePort(): number {
    return this.#socket.remotePort ?? 0;
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  connect(address: string, port: number): void {
    this.#socket.connect({ host: address, port });
    this.#socket.once("connect", () => {
      if (!this.#isGone) this.handler.onConnect(this);
    });
  }

  write(memory: Uint8Array, offset: number, length: number): number {
    if (this.#isGone || this.#isShutDown) return 0;
    const { limits, sockets, batch } = this.#shared;
    const isCrowded = sockets.size >= limits.crowdedSockets;
    const bound = isCrowded ? limits.crowdedQueuedBytes : limits.maxQueuedBytes;
    const taken = Math.min(length, bound - this.queuedBytes - batch.waitingBytes(this));
    if (taken < length) this.#wantsSpace = true;
    if (taken <= 0) return 0;
    batch.append(this, memory, offset, taken);
    return taken;
  }

  writeChunk(chunk: Uint8Array): void {
    if (this.#isGone) return;
    this.#socket.write(chunk);
    // Taken at once, so that no "drain" follows.
    if (this.#wantsSpace && this.queuedBytes === 0) process.nextTick(() => this.#onDrain());
  }

  resume(): void {
    const bytes = this.#pending;
    this.#pending = undefined;
    if (bytes !== undefined && !this.#offer(bytes)) return;
    if (this.#isGone) return;
    if (this.#hasEnded) {
      if (bytes !== undefined) this.handler.onEnd(this);
      if (this.#hasClosed) this.#onClose();
    } else if (!this.#isReading) {
      this.#isReading = true;
      this.#socket.resume();
    }
  }

  shutdown(): void {
    if (this.#isShutDown || this.#isGone) return;
    this.#shared.batch.flush();
    this.#isShutDown = true;
    this.#socket.end();
  }

  abort(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#shared.sockets.delete(this);
    this.#pending = undefined;
    if (this.#socket.connecting) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  hold(): void {
    this.#socket.ref();
  }

  /** No handler is called any more. What was written before a `shutdown` is still sent. */
  discard(): void {
    if (this.#isGone || !this.#isShutDown) {
      this.abort();
      return;
    }
    this.#isGone = true;
    this.#pending = undefined;
    this.#socket.resume().destroySoon();
  }

  #createSocket(): net.Socket {
    const { readBuffer } = this.#shared;
    return new net.Socket({
      allowHalfOpen: true,
      noDelay: true,
      highWaterMark: HIGH_WATER_BYTES,
      onread: {
        buffer: readBuffer,
        callback: (count: number, buffer: Uint8Array): boolean =>
          this.#offer(buffer.subarray(0, count)),
      },
    } as net.SocketConstructorOpts);
  }

  /** @returns False when reading has to stop. */
  #offer(bytes: Uint8Array): boolean {
    if (this.#isGone) return false;
    const consumed = this.handler.onData(this, bytes);
    if (consumed === bytes.length || this.#isGone) return true;
    const isShared = bytes.buffer === this.#shared.readBuffer.buffer;
    this.#pending = isShared ? bytes.slice(consumed) : bytes.subarray(consumed);
    if (this.#isReading) {
      this.#isReading = false;
      this.#socket.pause();
    }
    return false;
  }

  #onEnd(): void {
    this.#hasEnded = true;
    if (this.#pending === undefined && !this.#isGone) this.handler.onEnd(this);
  }

  #onDrain(): void {
    if (!this.#wantsSpace || this.#isGone) return;
    this.#wantsSpace = false;
    this.handler.onSpace(this);
  }

  #onClose(): void {
    this.#hasClosed = true;
    // Both directions have ended, but the last bytes still wait to be consumed: `resume` goes on.
    if (this.#isGone || (this.#pending !== undefined && this.#error === undefined)) return;
    this.#isGone = true;
    this.#shared.sockets.delete(this);
    this.#pending = undefined;
    this.handler.onClose(this, this.#error);
  }
}

class NodeTcpListener implements HostListener {
  port = 0;
  readonly #server: net.Server;

  constructor(shared: Shared, listeners: Set<NodeTcpListener>, options: HostListenOptions) {
    this.#server = net.createServer(
      {
        allowHalfOpen: true,
        noDelay: true,
        pauseOnConnect: true,
        highWaterMark: HIGH_WATER_BYTES,
      },
      (accepted) => options.onConnection(new NodeTcpSocket(shared, NO_HANDLER, accepted)),
    );
    this.#server.on("error", (error: NodeJS.ErrnoException) => {
      // An error of a listener that is open (EMFILE of one accept) leaves it open.
      if (this.port !== 0) return;
      listeners.delete(this);
      options.onError(error.code ?? "EIO");
    });
    const { address: host, port } = options;
    this.#server.listen({ host, port, backlog: BACKLOG, exclusive: true }, () => {
      const bound = this.#server.address();
      this.port = typeof bound === "object" && bound !== null ? bound.port : port;
      options.onListening(this);
    });
    this.#server.unref();
    listeners.add(this);
  }

  close(): void {
    this.#server.close();
  }
}

/** Stands in until whoever takes an accepted socket sets its own. */
const NO_HANDLER: HostTcpHandler = {
  onConnect() {},
  onData: () => 0,
  onEnd() {},
  onSpace() {},
  onClose() {},
};

/** The TCP half of `HostSockets` on Node. */
export class NodeTcp {
  readonly #shared: Shared;
  readonly #listeners: Set<NodeTcpListener> = new Set();

  constructor(limits: HostSocketLimits) {
    this.#shared = {
      limits,
      batch: new WriteBatch(),
      sockets: new Set(),
      readBuffer: new Uint8Array(READ_BYTES),
    };
  }

  connect(address: string, port: number, handler: HostTcpHandler): HostTcpSocket {
    const socket = new NodeTcpSocket(this.#shared, handler, undefined);
    socket.connect(address, port);
    return socket;
  }

  listen(options: HostListenOptions): HostListener {
    return new NodeTcpListener(this.#shared, this.#listeners, options);
  }

  flush(): void {
    this.#shared.batch.flush();
  }

  close(): void {
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
    for (const socket of this.#shared.sockets) socket.discard();
  }
}
