/** A host without a network: every socket is driven by the test. */
import type {
  HostListener,
  HostListenOptions,
  HostRecordType,
  HostSockets,
  HostTcpHandler,
  HostTcpSocket,
  HostUdpHandler,
  HostUdpSocket,
  LookupResult,
} from "../host-sockets.ts";

export class FakeTcpSocket implements HostTcpSocket {
  handler: HostTcpHandler;
  readonly address: string;
  readonly port: number;
  remoteAddress: string;
  remotePort: number;
  /** How many bytes `write` still takes. */
  room: number = Infinity;
  queuedBytes: number = 0;
  readonly written: number[] = [];
  readonly calls: string[] = [];
  #pending: Uint8Array | undefined;
  #hasEnded = false;

  constructor(address: string, port: number, handler: HostTcpHandler) {
    this.handler = handler;
    this.address = this.remoteAddress = address;
    this.port = this.remotePort = port;
  }

  /** What was written, as text. */
  get text(): string {
    return String.fromCharCode(...this.written);
  }

  get pendingBytes(): number {
    return this.#pending?.length ?? 0;
  }

  write(memory: Uint8Array, offset: number, length: number): number {
    const taken = Math.min(length, this.room);
    this.room -= taken;
    for (let index = 0; index < taken; index++) this.written.push(memory[offset + index]!);
    return taken;
  }

  resume(): void {
    this.calls.push("resume");
    const bytes = this.#pending;
    this.#pending = undefined;
    if (bytes !== undefined) this.deliver(bytes);
    if (this.#pending === undefined && this.#hasEnded) this.end();
  }

  shutdown(): void {
    this.calls.push("shutdown");
  }

  abort(): void {
    this.calls.push("abort");
  }

  hold(): void {}

  /** The peer has sent bytes. */
  deliver(bytes: Uint8Array): void {
    const consumed = this.handler.onData(this, bytes);
    if (consumed < bytes.length) this.#pending = bytes.slice(consumed);
  }

  /** The peer has closed its direction. */
  end(): void {
    this.#hasEnded = this.#pending !== undefined;
    if (!this.#hasEnded) this.handler.onEnd(this);
  }

  close(error?: string): void {
    this.handler.onClose(this, error);
  }

  /** The host has room for so many bytes more. */
  addRoom(bytes: number): void {
    this.room += bytes;
    this.handler.onSpace(this);
  }
}

export class FakeUdpSocket implements HostUdpSocket {
  readonly handler: HostUdpHandler;
  readonly address: string;
  port: number;
  readonly sent: { text: string; address: string; port: number }[] = [];
  isClosed: boolean = false;

  constructor(address: string, port: number, handler: HostUdpHandler) {
    this.handler = handler;
    this.address = address;
    this.port = port;
  }

  send(memory: Uint8Array, offset: number, length: number, address: string, port: number): boolean {
    const text = String.fromCharCode(...memory.subarray(offset, offset + length));
    this.sent.push({ text, address, port });
    return !this.isClosed;
  }

  close(): void {
    this.isClosed = true;
  }

  deliver(text: string, address: string = this.address, port: number = this.port): void {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    this.handler.onDatagram(this, bytes, address, port);
  }
}

interface FakeListener extends HostListener {
  readonly options: HostListenOptions;
  isClosed: boolean;
}

export class FakeSockets implements HostSockets {
  readonly tcp: FakeTcpSocket[] = [];
  readonly udp: FakeUdpSocket[] = [];
  readonly listeners: FakeListener[] = [];
  readonly questions: {
    name: string;
    type: HostRecordType;
    done: (result: LookupResult) => void;
  }[] = [];
  flushes: number = 0;
  isClosed: boolean = false;

  connectTcp(address: string, port: number, handler: HostTcpHandler): FakeTcpSocket {
    const socket = new FakeTcpSocket(address, port, handler);
    this.tcp.push(socket);
    return socket;
  }

  listenTcp(options: HostListenOptions): HostListener {
    const listener: FakeListener = {
      options,
      port: options.port,
      isClosed: false,
      close(): void {
        listener.isClosed = true;
      },
    };
    this.listeners.push(listener);
    return listener;
  }

  connectUdp(address: string, port: number, handler: HostUdpHandler): HostUdpSocket {
    return this.bindUdp(address, port, handler);
  }

  bindUdp(address: string, port: number, handler: HostUdpHandler): HostUdpSocket {
    const socket = new FakeUdpSocket(address, port, handler);
    this.udp.push(socket);
    return socket;
  }

  resolve(name: string, type: HostRecordType, done: (result: LookupResult) => void): void {
    this.questions.push({ name, type, done });
  }

  isHostAddress(address: string): boolean {
    return address.startsWith("127.");
  }

  flush(): void {
    this.flushes++;
  }

  close(): void {
    this.isClosed = true;
  }
}
