/** One end of a TCP connection that the test drives, in packet memory of its own. */
import type {
  TcpConnection,
  TcpError,
  TcpHandler,
  TcpState,
} from "../../../components/tcp/types.ts";

export class FakeConnection implements TcpConnection {
  readonly localAddress: number = 0;
  readonly localPort: number = 0;
  readonly remoteAddress: number = 0;
  readonly remotePort: number = 0;
  readonly state: TcpState = "ESTABLISHED";
  handler: TcpHandler;
  readonly memory: Uint8Array;
  /** How many bytes `send` still takes. */
  sendSpace: number = Infinity;
  readonly sent: number[] = [];
  readonly calls: string[] = [];
  #pending = "";
  #hasEnded = false;

  constructor(handler: TcpHandler, memory: Uint8Array) {
    this.handler = handler;
    this.memory = memory;
  }

  get text(): string {
    return String.fromCharCode(...this.sent);
  }

  get receiveQueueBytes(): number {
    return this.#pending.length;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    const taken = Math.min(length, this.sendSpace);
    this.sendSpace -= taken;
    for (let index = 0; index < taken; index++) this.sent.push(bytes[offset + index]!);
    return taken;
  }

  sendPacketMemory(offset: number, length: number): number {
    return this.send(this.memory, offset, length);
  }

  receive(): number {
    return 0;
  }

  resume(): void {
    this.calls.push("resume");
    const text = this.#pending;
    this.#pending = "";
    if (text !== "") this.deliver(text);
    if (this.#pending === "" && this.#hasEnded) this.end();
  }

  shutdown(): void {
    this.calls.push("shutdown");
  }

  close(): void {
    this.calls.push("close");
  }

  abort(): void {
    this.calls.push("abort");
  }

  setNoDelay(): void {
    this.calls.push("no-delay");
  }

  setKeepAlive(): void {}

  setUserTimeout(): void {}

  info(): void {}

  /** The application has sent bytes. */
  deliver(text: string): void {
    for (let index = 0; index < text.length; index++) this.memory[index] = text.charCodeAt(index);
    const consumed = this.handler.onData(this, 0, text.length);
    this.#pending = text.slice(consumed);
  }

  end(): void {
    this.#hasEnded = this.#pending !== "";
    if (!this.#hasEnded) this.handler.onEnd(this);
  }

  finish(error?: TcpError): void {
    this.handler.onClose(this, error);
  }

  addSpace(bytes: number): void {
    this.sendSpace += bytes;
    this.handler.onSpace(this);
  }
}
