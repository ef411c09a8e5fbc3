/** The composition of TCP: what it needs, and the service that it offers. */
import type { Entropy } from "../../libos/hal/mod.ts";
import { assert, viewOf } from "../../libos/kernel/mod.ts";
import {
  type Address,
  ANY_ADDRESS,
  IP_PROTOCOL,
  type NetworkErrorKind,
  type NetworkLayer,
  type ReceiveMeta,
  type Route,
} from "../ip/mod.ts";
import { Blocks } from "./blocks.ts";
import { Connection } from "./connection.ts";
import { ConnectionTable } from "./connection-table.ts";
import { createCounters } from "./counters.ts";
import { flush, writable } from "./flush.ts";
import { beginSending, initialSequence } from "./handshake.ts";
import { input } from "./input.ts";
import { endOrderly, setState } from "./lifecycle.ts";
import { TCP_LIMITS, type TcpLimits } from "./limits.ts";
import { closeListener } from "./listen.ts";
import { networkError } from "./network-errors.ts";
import { NewReno } from "./new-reno.ts";
import { ephemeralPort, listenerPort } from "./ports.ts";
import { markDirty } from "./schedule.ts";
import { Secrets } from "./secrets.ts";
import { Segment } from "./segment.ts";
import { type Context, type Listener, STATE, type Tcb, type TcpKernel } from "./state.ts";
import { onTimer } from "./timers.ts";
import type {
  Tcp,
  TcpConnection,
  TcpConnectOptions,
  TcpCounters,
  TcpError,
  TcpListener,
  TcpListenOptions,
  TcpRequest,
} from "./types.ts";
import { windowShift } from "./window.ts";
import { MAX_SACK_BLOCKS } from "./wire.ts";

/** What TCP needs of its system. */
export interface TcpNeeds {
  readonly network: NetworkLayer;
  readonly kernel: TcpKernel;
  /** The source of the secret behind sequence numbers and ports. It must be available. */
  readonly entropy: Entropy;
  /** Where it can tell: then no peer may open a connection while it answers true. */
  readonly isMemoryShort?: (() => boolean) | undefined;
  /**
   * Told of each connection that is given up because JavaScript's heap is full, at that time: it
   * allocates next to nothing, and does not throw.
   *
   * @param total How many there have been, 1 ….
   */
  readonly onEviction?: ((total: number) => void) | undefined;
}

/** TCP as the composition sees it: the service, and what sends at the end of a turn. */
export interface TcpComponent extends Tcp {
  /** Sends everything that became due; registered with `kernel.onFlush`. */
  flush(): void;
}

/** What the queues of each direction may take of the region; the rest is for frames and the others. */
const QUEUE_SHARE = 0.375;

/** The backlog of a listener that names none, as in Node. */
const DEFAULT_BACKLOG = 511;

class Stack implements TcpComponent {
  readonly counters: TcpCounters;
  readonly #context: Context;

  constructor(needs: TcpNeeds, limits: TcpLimits) {
    this.#context = createContext(needs, limits);
    this.counters = this.#context.counters;
    const context = this.#context;
    needs.network.register({
      protocol: IP_PROTOCOL.TCP,
      input(
        offset: number,
        length: number,
        source: Address,
        destination: Address,
        meta: ReceiveMeta,
      ): void {
        input(context, offset, length, source, destination, meta);
      },
      error(
        kind: NetworkErrorKind,
        offset: number,
        length: number,
        source: Address,
        destination: Address,
        mtuBytes: number,
      ): void {
        networkError(context, kind, offset, length, source, destination, mtuBytes);
      },
      writable(): void {
        writable(context);
      },
    });
  }

  connect(options: TcpConnectOptions): TcpConnection | TcpError {
    const context = this.#context;
    const { network, table, limits, counters } = context;
    const { address, port, localAddress = ANY_ADDRESS, localPort = 0 } = options;
    if (network.isBroadcast(address)) return "ENETUNREACH";
    const route = network.route(address, localAddress);
    if (route === undefined) {
      const isForeign = localAddress !== ANY_ADDRESS && !network.isLocal(localAddress);
      return isForeign ? "EADDRNOTAVAIL" : "ENETUNREACH";
    }
    if (table.count >= limits.maxConnections) {
      counters.connectionRefusals++;
      return "ENOBUFS";
    }
    const ours = localPort !== 0 ? localPort : ephemeralPort(context, route.source, address, port);
    if (ours === 0) return "EADDRNOTAVAIL";
    if (table.find(route.source, ours, address, port) !== undefined) return "EADDRINUSE";
    return activeOpen(context, route, ours, options);
  }

  listen(options: TcpListenOptions): TcpListener | TcpError {
    const context = this.#context;
    const { address } = options;
    if (address !== ANY_ADDRESS && !context.network.isLocal(address)) return "EADDRNOTAVAIL";
    const port = options.port !== 0 ? options.port : listenerPort(context);
    if (port === 0) return "EADDRINUSE";
    const others = context.listeners.get(port) ?? [];
    for (const other of others) {
      const isShared = other.address === ANY_ADDRESS || address === ANY_ADDRESS;
      if (isShared || other.address === address) return "EADDRINUSE";
    }
    const listener: Listener = {
      options,
      address,
      port,
      backlog: Math.max(1, options.backlog ?? DEFAULT_BACKLOG),
      isClosed: false,
      halfOpen: 0,
      close(): void {
        if (!listener.isClosed) closeListener(context, listener);
      },
    };
    context.listeners.set(port, [...others, listener]);
    return listener;
  }

  setForwarder(forward: ((request: TcpRequest) => void) | undefined): void {
    this.#context.forward = forward;
  }

  get connections(): Iterable<TcpConnection> {
    return existing(this.#context.table);
  }

  get listeners(): Iterable<TcpListener> {
    return [...this.#context.listeners.values()].flat();
  }

  get connectionCount(): number {
    return this.#context.table.count - this.#context.requestCount;
  }

  flush(): void {
    flush(this.#context);
  }

  stop(): void {
    const context = this.#context;
    context.forward = undefined;
    for (const listener of this.listeners) listener.close();
    for (const tcb of [...context.table]) {
      // Where the peer has acknowledged our FIN, a RST would only destroy what it has yet to read.
      if (FIN_ACKNOWLEDGED.has(tcb.stateNumber)) endOrderly(tcb);
      else tcb.abort();
    }
    context.dirtyHead = context.dirtyTail = undefined;
    context.blocked.length = 0;
    context.sendBlocks.sweepLimbo();
    context.sendBlocks.trim();
    context.receiveBlocks.trim();
  }
}

const FIN_ACKNOWLEDGED: ReadonlySet<number> = new Set([STATE.FIN_WAIT_2, STATE.TIME_WAIT]);

/** Connections without the SYNs that a forwarder has not decided on. */
function* existing(table: ConnectionTable<Tcb>): IterableIterator<TcpConnection> {
  for (const tcb of table) if (tcb.stateNumber !== STATE.REQUESTED) yield tcb;
}

function activeOpen(
  context: Context,
  route: Route,
  localPort: number,
  options: TcpConnectOptions,
): TcpConnection {
  const tcb = context.create(route, localPort, options.port);
  const nowUs = context.kernel.nowUs();
  context.counters.activeOpens++;
  tcb.handler = options.handler;
  beginSending(tcb, initialSequence(tcb, nowUs));
  tcb.hasSack = true;
  tcb.hasTimestamps = true;
  tcb.hasWindowScale = true;
  tcb.progressAtUs = nowUs;
  context.table.add(tcb);
  setState(tcb, STATE.SYN_SENT);
  tcb.synDue = true;
  markDirty(tcb);
  return tcb;
}

function createContext(needs: TcpNeeds, limits: TcpLimits): Context {
  const { network, kernel, entropy, isMemoryShort, onEviction } = needs;
  assert(
    entropy.available,
    "TCP needs a source of entropy: sequence numbers must be unpredictable",
  );
  const { memory } = kernel;
  const secrets = new Secrets(entropy);
  const { cachedBlockBytes } = limits;
  const shareBytes = Math.floor(memory.totalBytes * QUEUE_SHARE);
  const sendBytes = Math.min(limits.sendMemoryBytes, shareBytes);
  const receiveBytes = Math.min(limits.receiveMemoryBytes, shareBytes);
  const context: Context = {
    network,
    kernel,
    memory: memory.packet,
    view: viewOf(memory.packet.bytes),
    trace: kernel.trace,
    limits,
    isMemoryShort,
    onEviction,
    counters: createCounters(),
    secrets,
    table: new ConnectionTable<Tcb>(secrets.random32()),
    listeners: new Map(),
    sendBlocks: new Blocks(memory, "tcp send", sendBytes, cachedBlockBytes),
    receiveBlocks: new Blocks(memory, "tcp receive", receiveBytes, cachedBlockBytes),
    segment: new Segment(),
    sackIndexes: new Int32Array(MAX_SACK_BLOCKS),
    windowShift: windowShift(limits.receiveQueueBytes),
    dirtyHead: undefined,
    dirtyTail: undefined,
    blocked: [],
    starved: [],
    held: [],
    oldestWait: undefined,
    newestWait: undefined,
    timeWaitCount: 0,
    halfOpenCount: 0,
    requestCount: 0,
    reliefAtUs: 0,
    rateSecond: -1,
    resetsInSecond: 0,
    challengesInSecond: 0,
    create: (route, localPort, remotePort) =>
      new Connection(context, route, localPort, remotePort, new NewReno()),
    timerExpired: onTimer,
    // The turn that they cause ends with `flush`, which looks after the memory.
    sweepTimer: kernel.timers.create(() => {}, undefined),
    reliefTimer: kernel.timers.create(() => {}, undefined),
    clockUs: -1,
    clockMs: 0,
    forward: undefined,
    cookiePeriod: -1,
  };
  return context;
}

/**
 * Makes TCP over a network layer.
 *
 * It sends nothing by itself: the composition registers `flush` with `kernel.onFlush`, and whatever
 * makes a connection want to send asks the kernel for a turn.
 *
 * @param limits Bounds that differ from `TCP_LIMITS`.
 * @throws AssertionError when there is no entropy.
 */
export function createTcp(needs: TcpNeeds, limits: Partial<TcpLimits> = {}): TcpComponent {
  return new Stack(needs, { ...TCP_LIMITS, ...limits });
}
