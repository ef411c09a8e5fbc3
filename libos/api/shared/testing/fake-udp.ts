/** UDP without packets, for tests: datagrams between hosts of one process, in order. */
import { SEND, type SendResult } from "../../../../components/ip/mod.ts";
import type { Udp, UdpBindOptions, UdpSocket } from "../../../../components/udp/types.ts";
import type { FakeHost } from "./fake-tcp.ts";

/** The hosts of one test, by address. */
export type FakeUdpWire = Map<number, FakeUdp>;

interface Bound extends UdpSocket {
  readonly options: UdpBindOptions;
}

export class FakeUdp implements Udp {
  readonly #wire: FakeUdpWire;
  readonly #host: FakeHost;
  readonly #sockets: Set<Bound> = new Set();
  #nextPort = 50_000;

  constructor(wire: FakeUdpWire, host: FakeHost) {
    this.#wire = wire;
    this.#host = host;
    wire.set(host.address, this);
  }

  bind(options: UdpBindOptions): UdpSocket | "EADDRINUSE" | "EADDRNOTAVAIL" {
    const { address } = options;
    if (address !== 0 && address !== this.#host.address && address >>> 24 !== 127) {
      return "EADDRNOTAVAIL";
    }
    const port = options.port || this.#nextPort++;
    if (!options.reuse && [...this.#sockets].some((socket) => socket.localPort === port)) {
      return "EADDRINUSE";
    }
    let allowsBroadcast = false;
    const socket: Bound = {
      options,
      localAddress: address,
      localPort: port,
      send: (bytes, offset, length, to, toPort) => {
        if (to === 0xffffffff && !allowsBroadcast) return SEND.DENIED;
        if (length > 65_507) return SEND.TOO_BIG;
        return this.#send(socket, bytes.slice(offset, offset + length), to, toPort);
      },
      setBroadcast: (allowed) => {
        allowsBroadcast = allowed;
      },
      setTtl: () => {},
      close: () => void this.#sockets.delete(socket),
    };
    this.#sockets.add(socket);
    return socket;
  }

  setForwarder(): void {}

  sendFrom(): SendResult {
    return SEND.NO_ROUTE;
  }

  get sockets(): Iterable<UdpSocket> {
    return this.#sockets;
  }

  get counters(): never {
    throw new Error("the fake counts nothing");
  }

  stop(): void {
    this.#sockets.clear();
  }

  #send(from: Bound, bytes: Uint8Array, to: number, port: number): SendResult {
    const isLoopback = to >>> 24 === 127;
    const source = isLoopback ? to : this.#host.address;
    const remote = isLoopback ? this : this.#wire.get(to);
    if (remote === undefined) return SEND.NO_ROUTE;
    remote.#host.defer(() => remote.#arrive(bytes, source, from.localPort, to, port, this, from));
    return SEND.OK;
  }

  #arrive(
    bytes: Uint8Array,
    source: number,
    sourcePort: number,
    to: number,
    port: number,
    sender: FakeUdp,
    from: Bound,
  ): void {
    const socket = [...this.#sockets].findLast((candidate) => candidate.localPort === port);
    if (socket === undefined) {
      sender.#host.defer(() => from.options.handler.onUnreachable?.(from, to, port));
      return;
    }
    const { memory } = this.#host;
    memory.copyIn(memory.regionOffset, bytes, 0, bytes.length);
    socket.options.handler.onDatagram(
      socket,
      memory.regionOffset,
      bytes.length,
      source,
      sourcePort,
      to,
    );
  }
}
