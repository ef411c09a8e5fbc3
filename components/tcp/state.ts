/**
 * What TCP knows: about one connection (the TCB, "transmission control block", of RFC 9293 3.3.1)
 * and about all of them (the context). Only data; what happens to it is in the files that the
 * README lists.
 */
import type { PacketMemory } from "../../libos/hal/mod.ts";
import type { Kernel, TimerEntry, TraceSink } from "../../libos/kernel/mod.ts";
import type { Address, NetworkLayer, Route } from "../ip/mod.ts";
import type { Blocks } from "./blocks.ts";
import type { CongestionControl } from "./congestion.ts";
import type { ConnectionTable, TableEntry } from "./connection-table.ts";
import type { TcpLimits } from "./limits.ts";
import { ReceiveQueue } from "./receive-queue.ts";
import { RoundTrip } from "./rtt.ts";
import type { Secrets } from "./secrets.ts";
import type { Segment } from "./segment.ts";
import { SendQueue } from "./send-queue.ts";
import type { SequenceRanges } from "./sequence-ranges.ts";
import { NULL_HANDLER } from "./null-handler.ts";
import type {
  TcpConnection,
  TcpCounters,
  TcpError,
  TcpHandler,
  TcpInfo,
  TcpListener,
  TcpListenOptions,
  TcpRequest,
  TcpState,
} from "./types.ts";
import { DEFAULT_MSS_BYTES } from "./wire.ts";

/** States as numbers, in an order in which "synchronized" is `>= ESTABLISHED`. */
export const STATE = {
  CLOSED: 0,
  /** A SYN that waits for a forwarder's decision. */
  REQUESTED: 1,
  SYN_SENT: 2,
  SYN_RECEIVED: 3,
  ESTABLISHED: 4,
  CLOSE_WAIT: 5,
  FIN_WAIT_1: 6,
  FIN_WAIT_2: 7,
  CLOSING: 8,
  LAST_ACK: 9,
  TIME_WAIT: 10,
} as const;

/** The name of each state. */
export const STATE_NAME: readonly TcpState[] = [
  "CLOSED",
  "LISTEN",
  "SYN-SENT",
  "SYN-RECEIVED",
  "ESTABLISHED",
  "CLOSE-WAIT",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "CLOSING",
  "LAST-ACK",
  "TIME-WAIT",
];

/** How the sender deals with loss (see `recovery.ts`). */
export const RECOVERY = {
  NONE: 0,
  /** After duplicate ACKs: RFC 6582, or RFC 6675 with SACK. */
  FAST: 1,
  /** After a retransmission timeout: everything in flight counts as lost. */
  TIMEOUT: 2,
} as const;

/** A listening port. */
export interface Listener extends TcpListener {
  readonly options: TcpListenOptions;
  readonly backlog: number;
  isClosed: boolean;
  /** Its connections in SYN-RECEIVED. */
  halfOpen: number;
}

/** What TCP asks of the kernel. */
export type TcpKernel = Pick<
  Kernel,
  "timers" | "nowUs" | "memory" | "heapState" | "wake" | "trace" | "defer"
>;

/** What all connections of one TCP share. */
export interface Context {
  readonly network: NetworkLayer;
  readonly kernel: TcpKernel;
  readonly memory: PacketMemory;
  /** The same bytes, for headers: a 32-bit number is one access. */
  readonly view: DataView;
  readonly trace: TraceSink | undefined;
  readonly limits: TcpLimits;
  /** Whether memory for a further connection is better kept for those that there are. */
  readonly isMemoryShort: (() => boolean) | undefined;
  /** See `TcpNeeds`. */
  readonly onEviction: ((total: number) => void) | undefined;
  readonly counters: TcpCounters;
  readonly secrets: Secrets;
  readonly table: ConnectionTable<Tcb>;
  /** By port; a port may be shared by listeners on different addresses. */
  readonly listeners: Map<number, Listener[]>;
  readonly sendBlocks: Blocks;
  readonly receiveBlocks: Blocks;
  /** The segment that is being processed. */
  readonly segment: Segment;
  /** Scratch: which ranges a SACK option names. */
  readonly sackIndexes: Int32Array;
  /** Our window's shift (RFC 7323 2), the same for all connections. */
  readonly windowShift: number;
  /** Connections with something to send at the next flush: a queue through `nextDirty`. */
  dirtyHead: Tcb | undefined;
  dirtyTail: Tcb | undefined;
  /** Connections whose device was full: they go on at `writable`. */
  readonly blocked: Tcb[];
  /** Connections whose `send` found no memory although nothing of theirs is queued. */
  readonly starved: Tcb[];
  /** Connections that wait for a device to read what the peer has acknowledged already. */
  readonly held: Tcb[];
  /** Connections in TIME-WAIT, oldest first: a list through `olderWait` and `newerWait`. */
  oldestWait: Tcb | undefined;
  newestWait: Tcb | undefined;
  timeWaitCount: number;
  halfOpenCount: number;
  requestCount: number;
  /** While JavaScript's heap is full: when the next connection is given up; else 0. */
  reliefAtUs: number;
  /** Answers to strangers and challenge ACKs in the running second. */
  rateSecond: number;
  resetsInSecond: number;
  challengesInSecond: number;
  /** Makes a connection; it is in no table yet. */
  readonly create: (route: Route, localPort: number, remotePort: number) => Tcb;
  /** What a connection's timer calls. */
  readonly timerExpired: (tcb: Tcb) => void;
  /** Looks after memory that devices have not read yet. */
  readonly sweepTimer: TimerEntry;
  /** Looks after a full heap. */
  readonly reliefTimer: TimerEntry;
  /** The clock of timestamps, and the time at which it was read. */
  clockUs: number;
  clockMs: number;
  forward: ((request: TcpRequest) => void) | undefined;
  /** The period in which a SYN cookie was last sent; -1: never. */
  cookiePeriod: number;
}

/** One connection. Names are those of RFC 9293 where it has one. */
export abstract class Tcb implements TcpConnection, TableEntry<Tcb> {
  readonly context: Context;
  readonly localAddress: Address;
  readonly localPort: number;
  readonly remoteAddress: Address;
  readonly remotePort: number;
  readonly route: Route;
  handler: TcpHandler = NULL_HANDLER;
  stateNumber: number = STATE.CLOSED;

  // Send sequence space.
  iss = 0;
  sndUna = 0;
  sndNxt = 0;
  /** The peer's window in bytes, its shift, and the segment that last changed it. */
  sndWnd = 0;
  sndShift = 0;
  sndWl1 = 0;
  sndWl2 = 0;
  /** The largest window that the peer has ever offered. */
  maxSndWnd = 0;
  /** One past the last segment that was sent short of `mss` (for Nagle's algorithm). */
  smallEnd = 0;
  /** The peer's MSS option. */
  peerMss: number = DEFAULT_MSS_BYTES;
  /** Payload bytes of a full segment (Eff.snd.MSS), and of what the device cuts by itself. */
  mss: number = DEFAULT_MSS_BYTES;
  maxPayload: number = DEFAULT_MSS_BYTES;
  /** The path MTU from which `mss` was computed. */
  mtuBytes = 0;
  readonly sendQueue: SendQueue;

  // Receive sequence space.
  irs = 0;
  rcvNxt = 0;
  /** The right edge of the window that was advertised; it never moves left. */
  rcvEdge = 0;
  /** The largest segment seen: what "full-sized" means for delayed ACKs. */
  rcvMss: number = DEFAULT_MSS_BYTES;
  rcvShift = 0;
  readonly receiveQueue: ReceiveQueue;
  /** The peer's FIN has come; it counts once everything before it has. */
  hasFin = false;
  finSequence = 0;
  /** The peer's FIN counts: RCV.NXT lies behind it. */
  finDone = false;

  // What is to be sent at the next flush.
  /** SYN or SYN-ACK. */
  synDue = false;
  /** An ACK must go out now. */
  ackNow = false;
  /** Queued data was consumed, so that the window may have opened. */
  hasRead = false;
  /** Received bytes that no ACK has covered yet. */
  ackBytes = 0;
  lastAckSent = 0;
  /** `shutdown` was called: FIN follows the last byte of the send queue. */
  finQueued = false;
  isDirty = false;
  isBlocked = false;
  isStarved = false;
  isHeld = false;
  nextDirty: Tcb | undefined = undefined;

  // Options that both sides agreed on.
  hasTimestamps = false;
  hasSack = false;
  hasWindowScale = false;
  tsOffset = 0;
  tsRecent = 0;
  tsRecentAtUs = 0;

  // Loss and congestion.
  recovery: number = RECOVERY.NONE;
  /** Where recovery ends: SND.NXT when it began. */
  recover = 0;
  /** The next lost byte to send again; what lies before it has been. */
  highRxt = 0;
  /** Unacknowledged bytes before this are taken for lost. */
  lostEdge = 0;
  dupAcks = 0;
  /** The first retransmission of a recovery does not ask for the window. */
  retransmitDue = false;
  rescueDone = false;
  sacked: SequenceRanges | undefined = undefined;
  readonly congestion: CongestionControl;
  readonly rtt: RoundTrip;
  /** One byte in flight is timed: when it was sent, and the number that acknowledges it. */
  isTiming = false;
  timedEnd = 0;
  timedAtUs = 0;
  /** The window of congestion control was what kept back data. */
  isCwndLimited = false;

  // Timers: one entry for the earliest of three deadlines (Infinity: not set).
  timer: TimerEntry | undefined = undefined;
  timerAtUs: number = Infinity;
  /** Retransmission or zero-window probe. */
  retransmitAtUs: number = Infinity;
  /** Delayed ACK. */
  ackAtUs: number = Infinity;
  /** Keepalive, TIME-WAIT, or the wait for FIN after `close`. */
  lifeAtUs: number = Infinity;
  /** Timeouts in a row without an answer. */
  timeouts = 0;
  /** The value of `timeouts` when the last probe of a closed window was answered. */
  answeredProbes = 0;
  keepAliveIdleUs = 0;
  keepAliveIntervalUs = 75_000_000;
  keepAliveProbes = 9;
  probesSent = 0;
  userTimeoutUs = 0;
  /** When the peer last let SND.UNA move, or there was nothing in flight. */
  progressAtUs = 0;
  lastReceivedAtUs = 0;
  lastSentAtUs = 0;
  retransmittedAtUs = 0;
  challengedAtUs: number = -Infinity;

  // The user's side.
  noDelay = false;
  /** `close` was called: no handler but onClose. */
  isOrphan = false;
  wantsSpace = false;
  wantsDrain = false;
  isDelivering = false;
  /** The handler has been told of the end, and of the close. */
  endTold = false;
  closeTold = false;
  /** The connection has ended; `onClose` follows when what was received has been consumed. */
  closeDue = false;
  /** Why the network says that nothing arrives, for the error of a timeout. */
  softError: TcpError | undefined = undefined;
  listener: Listener | undefined = undefined;
  isPassive = false;

  // Figures.
  bytesSent = 0;
  bytesReceived = 0;
  segmentsSent = 0;
  segmentsReceived = 0;
  retransmits = 0;

  // Links.
  nextInBucket: Tcb | undefined = undefined;
  olderWait: Tcb | undefined = undefined;
  newerWait: Tcb | undefined = undefined;

  constructor(
    context: Context,
    route: Route,
    localPort: number,
    remotePort: number,
    congestion: CongestionControl,
  ) {
    const { limits, memory } = context;
    this.context = context;
    this.route = route;
    this.localAddress = route.source;
    this.localPort = localPort;
    this.remoteAddress = route.destination;
    this.remotePort = remotePort;
    this.congestion = congestion;
    this.rtt = new RoundTrip(limits.initialRtoUs, limits.minRtoUs, limits.maxRtoUs);
    this.sendQueue = new SendQueue(memory, context.sendBlocks, route, limits.sendQueueBytes);
    this.receiveQueue = new ReceiveQueue(
      memory,
      context.receiveBlocks,
      limits.receiveQueueBytes,
      limits.maxOutOfOrderRanges,
    );
  }

  abstract readonly state: TcpState;
  abstract readonly sendSpace: number;
  abstract readonly receiveQueueBytes: number;
  abstract send(bytes: Uint8Array, offset: number, length: number): number;
  abstract sendPacketMemory(offset: number, length: number): number;
  abstract receive(target: Uint8Array, offset: number, length: number): number;
  abstract resume(): void;
  abstract shutdown(): void;
  abstract close(): void;
  abstract abort(): void;
  abstract setNoDelay(noDelay: boolean): void;
  abstract setKeepAlive(idleUs: number, intervalUs?: number, probes?: number): void;
  abstract setUserTimeout(us: number): void;
  abstract info(into: TcpInfo): void;
}
