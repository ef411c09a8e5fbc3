/**
 * TCP without segments, for tests of what stands on it: connections are queues between hosts of one
 * process, with windows, half-close and reset. No loss, no timers.
 */
import type {
  Tcp,
  TcpConnection,
  TcpConnectOptions,
  TcpError,
  TcpHandler,
  TcpInfo,
  TcpListener,
  TcpListenOptions,
  TcpState,
} from "../../../../components/tcp/types.ts";
import type { PacketMemory } from "../../../hal/mod.ts";

/** Bytes that one direction holds: what `send` takes before it falls short. */
export const FAKE_WINDOW_BYTES = 65_536;

/** What a fake host needs: its turn, and memory whose region it may use as scratch. */
export interface FakeHost {
  readonly address: number;
  readonly memory: PacketMemory;
  defer(callback: () => void): void;
}

class FakeConnection implements TcpConnection {
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  readonly owner: FakeTcp;
  handler: TcpHandler;
  state: TcpState = "SYN-SENT";
  peer: FakeConnection | undefined;
  readonly settings: string[] = [];
  #inbox: Buffer = Buffer.alloc(0);
  #inFlight = 0;
  #isShort = false;
  #isStalled = false;
  #finSent = false;
  #finReceived = false;
  #endDelivered = false;
  #isClosing = false;
  #isGone = false;

  constructor(
    owner: FakeTcp,
    local: [number, number],
    remote: [number, number],
    handler: TcpHandler,
  ) {
    this.owner = owner;
    [this.localAddress, this.localPort] = local;
    [this.remoteAddress, this.remotePort] = remote;
    this.handler = handler;
  }

  get sendSpace(): number {
    return Math.max(0, FAKE_WINDOW_BYTES - this.#inFlight);
  }

  get receiveQueueBytes(): number {
    return this.#inbox.length;
  }

  send(bytes: Uint8Array, offset: number, length: number): number {
    if (this.#isGone || this.#finSent) return 0;
    const taken = Math.min(length, this.sendSpace);
    if (taken < length) this.#isShort = true;
    if (taken > 0) {
      const copy = Buffer.from(bytes.subarray(offset, offset + taken));
      this.#inFlight += taken;
      this.#toPeer((peer) => peer.#arrive(copy));
    }
    return taken;
  }

  sendPacketMemory(offset: number, length: number): number {
    return this.send(this.owner.host.memory.bytes, offset, length);
  }

  receive(target: Uint8Array, offset: number, length: number): number {
    const taken = Math.min(length, this.#inbox.length);
    target.set(this.#inbox.subarray(0, taken), offset);
    this.#consume(taken);
    return taken;
  }

  resume(): void {
    this.#isStalled = false;
    this.owner.host.defer(() => this.#offer());
  }

  shutdown(): void {
    if (this.#finSent || this.#isGone) return;
    this.#finSent = true;
    this.#toPeer((peer) => {
      peer.#finReceived = true;
      peer.#offer();
    });
  }

  close(): void {
    if (this.#isGone) return;
    this.#isClosing = true;
    if (this.#inbox.length > 0) {
      this.#reset();
      this.owner.host.defer(() => this.gone(undefined));
      return;
    }
    this.shutdown();
    this.#closeWhenDone();
  }

  abort(): void {
    if (this.#isGone) return;
    this.#reset();
    this.#isGone = true;
    this.state = "CLOSED";
    this.owner.remove(this);
  }

  setNoDelay(noDelay: boolean): void {
    this.settings.push(`noDelay ${noDelay}`);
  }

  setKeepAlive(idleUs: number): void {
    this.settings.push(`keepAlive ${idleUs}`);
  }

  setUserTimeout(): void {}

  info(into: TcpInfo): void {
    into.state = this.state;
  }

  /** Joins both ends. */
  join(peer: FakeConnection): void {
    this.peer = peer;
    this.state = "ESTABLISHED";
  }

  /** The connection ends with an error from outside, or orderly. */
  gone(error: TcpError | undefined): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.state = "CLOSED";
    this.owner.remove(this);
    this.handler.onClose(this, error);
  }

  #toPeer(run: (peer: FakeConnection) => void): void {
    const { peer } = this;
    peer?.owner.host.defer(() => {
      if (!peer.#isGone) run(peer);
    });
  }

  #reset(): void {
    this.#toPeer((peer) => peer.gone("ECONNRESET"));
  }

  #arrive(bytes: Buffer): void {
    if (this.#isClosing) {
      this.#reset();
      this.gone(undefined);
      return;
    }
    this.#inbox = Buffer.concat([this.#inbox, bytes]);
    this.#offer();
  }

  #offer(): void {
    const { memory } = this.owner.host;
    while (this.#inbox.length > 0 && !this.#isStalled && !this.#isGone && !this.#isClosing) {
      const length = Math.min(this.#inbox.length, memory.regionBytes);
      memory.copyIn(memory.regionOffset, this.#inbox, 0, length);
      const consumed = this.handler.onData(this, memory.regionOffset, length);
      if (consumed < length) this.#isStalled = true;
      this.#consume(consumed);
    }
    if (this.#isGone || this.#isStalled || this.#inbox.length > 0) return;
    if (this.#finReceived && !this.#endDelivered) {
      this.#endDelivered = true;
      if (!this.#isClosing) this.handler.onEnd(this);
    }
    this.#closeWhenDone();
  }

  #consume(length: number): void {
    if (length === 0) return;
    this.#inbox = this.#inbox.subarray(length);
    this.#toPeer((peer) => {
      peer.#inFlight -= length;
      if (peer.#isShort && !peer.#isClosing) {
        peer.#isShort = false;
        peer.handler.onSpace(peer);
      }
      if (peer.#inFlight === 0) peer.#closeWhenDone();
    });
  }

  #closeWhenDone(): void {
    if (!this.#finSent || !this.#endDelivered || this.#inFlight > 0 || this.#isGone) return;
    this.owner.host.defer(() => this.gone(undefined));
  }
}

/** The hosts of one test, by address. */
export class FakeWire {
  readonly hosts: Map<number, FakeTcp> = new Map();
  /** Addresses that swallow what is sent to them. */
  readonly silent: Set<number> = new Set();
}

export class FakeTcp implements Tcp {
  readonly host: FakeHost;
  readonly #wire: FakeWire;
  readonly #connections: Set<FakeConnection> = new Set();
  readonly #listeners: Map<number, TcpListener & { options: TcpListenOptions }> = new Map();
  #nextPort = 49_152;

  constructor(wire: FakeWire, host: FakeHost) {
    this.#wire = wire;
    this.host = host;
    wire.hosts.set(host.address, this);
  }

  connect(options: TcpConnectOptions): TcpConnection | TcpError {
    const isLoopback = options.address >>> 24 === 127;
    const remote = isLoopback ? this : this.#wire.hosts.get(options.address);
    if (remote === undefined && !this.#wire.silent.has(options.address)) return "ENETUNREACH";
    const address = isLoopback ? options.address : this.host.address;
    if (options.localAddress && options.localAddress !== address) return "EADDRNOTAVAIL";
    const port = options.localPort || this.#nextPort++;
    const local: [number, number] = [address, port];
    const to: [number, number] = [options.address, options.port];
    const ours = new FakeConnection(this, local, to, options.handler);
    this.#connections.add(ours);
    remote?.host.defer(() => remote.#answer(ours, to, local));
    return ours;
  }

  listen(options: TcpListenOptions): TcpListener | TcpError {
    const { address } = options;
    if (address !== 0 && address !== this.host.address && address >>> 24 !== 127) {
      return "EADDRNOTAVAIL";
    }
    const port = options.port || this.#nextPort++;
    if (this.#listeners.has(port)) return "EADDRINUSE";
    const close = (): void => void this.#listeners.delete(port);
    const listener = { address, port, options, close };
    this.#listeners.set(port, listener);
    return listener;
  }

  remove(connection: FakeConnection): void {
    this.#connections.delete(connection);
  }

  setForwarder(): void {}

  get connections(): Iterable<TcpConnection> {
    return this.#connections;
  }

  get listeners(): Iterable<TcpListener> {
    return this.#listeners.values();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  get counters(): never {
    throw new Error("the fake counts nothing");
  }

  stop(): void {
    for (const connection of this.#connections) connection.abort();
  }

  /** Runs on the called side: a listener takes the connection, or it is refused. */
  #answer(theirs: FakeConnection, local: [number, number], remote: [number, number]): void {
    if (theirs.state === "CLOSED") return;
    const listener = this.#listeners.get(local[1]);
    const isHere = listener?.address === 0 || listener?.address === local[0];
    if (listener === undefined || !isHere) {
      theirs.owner.host.defer(() => theirs.gone("ECONNREFUSED"));
      return;
    }
    const ours = new FakeConnection(this, local, remote, theirs.handler);
    this.#connections.add(ours);
    ours.join(theirs);
    theirs.join(ours);
    theirs.owner.host.defer(() => {
      if (theirs.state === "ESTABLISHED") theirs.handler.onConnect(theirs);
    });
    listener.options.onConnection(ours);
  }
}
