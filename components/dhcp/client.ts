/**
 * The DHCP client (RFC 2131, 4.4).
 *
 * Read the states first. What always holds: one timer drives the client, and its meaning follows
 * from the state; `lease` is there in "bound", "renewing" and "rebinding" and nowhere else.
 */
import type { Entropy } from "../../libos/hal/mod.ts";
import type { Kernel, TimerEntry } from "../../libos/kernel/mod.ts";
import { assert, readU32 } from "../../libos/kernel/mod.ts";
import type { Arp, ProbeTimes } from "../arp/mod.ts";
import type { Address } from "../ip/mod.ts";
import type { Udp, UdpSocket } from "../udp/mod.ts";
import type { ClientIdentity } from "./client-messages.ts";
import {
  clientMessage,
  declineOptions,
  discoverOptions,
  releaseOptions,
  renewOptions,
  selectOptions,
} from "./client-messages.ts";
import type { DhcpLease } from "./lease.ts";
import { leaseOf } from "./lease.ts";
import type { DhcpLimits } from "./limits.ts";
import { DHCP_LIMITS } from "./limits.ts";
import type { DhcpOptions } from "./options.ts";
import type { DhcpMessage } from "./packet.ts";
import { parseDhcp } from "./packet.ts";
import { DHCP_MESSAGE, DHCP_OP, DHCP_PORT } from "./wire.ts";

/**
 * - "waiting": before (again) asking.
 * - "selecting": DISCOVER is out.
 * - "requesting": an offer was taken, REQUEST is out.
 * - "checking": ARP asks whether somebody else has the address.
 * - "bound": we have it.
 * - "renewing": half of the time is over; its server is asked.
 * - "rebinding": most of the time is over; every server is asked.
 */
export type DhcpState =
  | "stopped"
  | "waiting"
  | "selecting"
  | "requesting"
  | "checking"
  | "bound"
  | "renewing"
  | "rebinding";

/** What the client needs. */
export interface DhcpNeeds extends ClientIdentity {
  readonly kernel: Kernel;
  readonly entropy: Entropy;
  readonly udp: Udp;
  /** The interface's name. */
  readonly device: string;
  /**
   * Asks by ARP whether the address is free before it is used (RFC 2131, 4.4.1). Absent: nobody is
   * asked, as with a server in the same process.
   */
  readonly conflictCheck?: { readonly arp: Arp; readonly times?: ProbeTimes };
  /**
   * A lease was given or renewed, or (undefined) it is over. `applyLease` does what is to be done.
   */
  onLease(lease: DhcpLease | undefined): void;
}

export interface DhcpCounters {
  sent: number;
  received: number;
  /** Not DHCP, or not for us. */
  ignored: number;
  refusals: number;
  /** Addresses that somebody else had. */
  conflicts: number;
}

export interface DhcpClient {
  readonly state: DhcpState;
  readonly lease: DhcpLease | undefined;
  readonly counters: Readonly<DhcpCounters>;
  /** Begins to ask. @throws Error when port 68 is taken. */
  start(): void;
  /** Gives the lease back (RELEASE) and ends. `onLease(undefined)` is called if there was one. */
  stop(): void;
}

const BROADCAST: Address = 0xffff_ffff;

class Client implements DhcpClient {
  state: DhcpState = "stopped";
  lease: DhcpLease | undefined;
  readonly counters: DhcpCounters = { sent: 0, received: 0, ignored: 0, refusals: 0, conflicts: 0 };
  readonly #needs: DhcpNeeds;
  readonly #limits: DhcpLimits;
  readonly #timer: TimerEntry;
  readonly #random = new Uint8Array(4);
  #socket: UdpSocket | undefined;
  #xid = 0;
  #attempts = 0;
  #beganUs = 0;
  /** When the last REQUEST went out: a lease counts from then (RFC 2131, 4.4.1). */
  #requestedUs = 0;
  /** What was offered, or granted and is being checked. */
  #candidate: DhcpLease | undefined;
  #cancelProbe: () => void = () => {};

  constructor(needs: DhcpNeeds, limits: DhcpLimits) {
    this.#needs = needs;
    this.#limits = limits;
    this.#timer = needs.kernel.timers.create(() => this.#expired(), undefined);
  }

  start(): void {
    if (this.state !== "stopped") return;
    const socket = this.#needs.udp.bind({
      address: 0,
      port: DHCP_PORT.CLIENT,
      device: this.#needs.device,
      handler: {
        onDatagram: (_socket, offset, length, _address, port) => this.#input(offset, length, port),
      },
    });
    if (typeof socket === "string") {
      throw new Error(`DHCP on ${this.#needs.device}: port ${DHCP_PORT.CLIENT}: ${socket}`);
    }
    socket.setBroadcast(true);
    this.#socket = socket;
    this.#discover();
  }

  stop(): void {
    if (this.state === "stopped") return;
    const { lease } = this;
    if (lease !== undefined) {
      this.#send(releaseOptions(this.#needs, lease.server), lease.address, lease.server);
    }
    this.#cancelProbe();
    this.#timer.cancel();
    this.#socket?.close();
    this.#socket = undefined;
    this.state = "stopped";
    this.#endLease();
  }

  #discover(): void {
    this.#needs.entropy.fill(this.#random);
    this.#xid = readU32(this.#random, 0);
    this.#beganUs = this.#needs.kernel.nowUs();
    this.#attempts = 0;
    this.#candidate = undefined;
    this.state = "selecting";
    this.#sendDiscover();
  }

  #sendDiscover(): void {
    this.#send(discoverOptions(this.#needs), 0, BROADCAST);
    this.#setRetryTimer();
  }

  #sendRequest(): void {
    const candidate = this.#candidate!;
    this.#requestedUs = this.#needs.kernel.nowUs();
    this.#send(selectOptions(this.#needs, candidate.server, candidate.address), 0, BROADCAST);
    this.#setRetryTimer();
  }

  /** Asks for more time: its server while renewing, any server while rebinding. */
  #sendRenewal(untilUs: number): void {
    const lease = this.lease!;
    const nowUs = this.#needs.kernel.nowUs();
    this.#requestedUs = nowUs;
    const to = this.state === "renewing" ? lease.server : BROADCAST;
    this.#send(renewOptions(this.#needs), lease.address, to);
    const halfUs = Math.max((untilUs - nowUs) / 2, this.#limits.renewRetryUs);
    this.#timer.set(Math.min(nowUs + halfUs, untilUs));
  }

  #expired(): void {
    const nowUs = this.#needs.kernel.nowUs();
    switch (this.state) {
      case "waiting":
        this.#discover();
        break;
      case "selecting":
        this.#sendDiscover();
        break;
      case "requesting":
        if (this.#attempts <= this.#limits.maxRequests) this.#sendRequest();
        else this.#discover();
        break;
      case "bound":
      case "renewing":
      case "rebinding":
        this.#extend(nowUs);
        break;
      default:
        assert(false, `DHCP: the timer expired in state ${this.state}`);
    }
  }

  #extend(nowUs: number): void {
    const lease = this.lease!;
    if (nowUs >= lease.expiresUs) {
      this.#endLease();
      this.#discover();
      return;
    }
    if (this.state === "bound") {
      this.#needs.entropy.fill(this.#random);
      this.#xid = readU32(this.#random, 0);
      this.#beganUs = nowUs;
    }
    this.state = nowUs >= lease.rebindUs ? "rebinding" : "renewing";
    this.#sendRenewal(this.state === "renewing" ? lease.rebindUs : lease.expiresUs);
  }

  #input(offset: number, length: number, remotePort: number): void {
    const { bytes } = this.#needs.kernel.memory.packet;
    const message = parseDhcp(bytes, offset, length);
    const isForUs =
      message !== undefined &&
      remotePort === DHCP_PORT.SERVER &&
      message.op === DHCP_OP.REPLY &&
      message.xid === this.#xid &&
      message.clientHardware === this.#needs.hardwareAddress;
    if (!isForUs) {
      this.counters.ignored++;
      return;
    }
    this.counters.received++;
    const isExtending = this.state === "renewing" || this.state === "rebinding";
    switch (message.options.messageType) {
      case DHCP_MESSAGE.OFFER:
        if (this.state === "selecting") this.#takeOffer(message);
        break;
      case DHCP_MESSAGE.ACK:
        if (this.state === "requesting" || isExtending) this.#takeAck(message);
        break;
      case DHCP_MESSAGE.NAK:
        if (this.state === "requesting" || isExtending) this.#takeNak(message);
        break;
      default:
        this.counters.ignored++;
    }
  }

  #takeOffer(message: DhcpMessage): void {
    const offer = leaseOf(message, 0);
    if (offer === undefined) {
      this.counters.ignored++;
      return;
    }
    this.#candidate = offer;
    this.state = "requesting";
    this.#attempts = 0;
    this.#sendRequest();
  }

  #takeAck(message: DhcpMessage): void {
    const granted = leaseOf(message, this.#requestedUs);
    if (granted === undefined || !this.#isFromServer(granted.server)) {
      this.counters.ignored++;
      return;
    }
    const { conflictCheck } = this.#needs;
    if (this.state !== "requesting" || conflictCheck === undefined) {
      this.#bind(granted);
      return;
    }
    this.state = "checking";
    this.#candidate = granted;
    this.#timer.cancel();
    this.#cancelProbe = conflictCheck.arp.probe(
      granted.address,
      (isConflict) => (isConflict ? this.#decline(granted) : this.#bind(granted)),
      conflictCheck.times,
    );
  }

  #takeNak(message: DhcpMessage): void {
    const { serverId } = message.options;
    if (serverId === undefined || !this.#isFromServer(serverId)) {
      this.counters.ignored++;
      return;
    }
    this.counters.refusals++;
    this.#endLease();
    this.#wait(this.#limits.refusedUs);
  }

  /** Somebody else may answer only while we ask everybody. */
  #isFromServer(server: Address): boolean {
    if (this.state === "rebinding") return true;
    return server === (this.lease ?? this.#candidate)?.server;
  }

  #bind(lease: DhcpLease): void {
    const earlier = this.lease;
    // A renewal that names another address is a new lease: first the old one ends.
    if (earlier !== undefined && earlier.address !== lease.address) this.#endLease();
    this.state = "bound";
    this.#candidate = undefined;
    this.lease = lease;
    if (lease.renewUs === Infinity) this.#timer.cancel();
    else this.#timer.set(lease.renewUs);
    this.#needs.onLease(lease);
    if (earlier?.address !== lease.address) this.#needs.conflictCheck?.arp.announce(lease.address);
  }

  #decline(lease: DhcpLease): void {
    this.counters.conflicts++;
    this.#send(declineOptions(this.#needs, lease.server, lease.address), 0, BROADCAST);
    this.#wait(this.#limits.declinedUs);
  }

  #wait(us: number): void {
    this.state = "waiting";
    this.#candidate = undefined;
    this.#timer.set(this.#needs.kernel.nowUs() + us);
  }

  #endLease(): void {
    if (this.lease === undefined) return;
    this.lease = undefined;
    this.#needs.onLease(undefined);
  }

  #setRetryTimer(): void {
    const { retryUs, maxRetryUs, jitterUs } = this.#limits;
    this.#needs.entropy.fill(this.#random);
    const jitter = (readU32(this.#random, 0) / 2 ** 31 - 1) * jitterUs;
    const waitUs = Math.min(retryUs * 2 ** this.#attempts, maxRetryUs) + jitter;
    this.#attempts++;
    this.#timer.set(this.#needs.kernel.nowUs() + Math.floor(waitUs));
  }

  #send(options: DhcpOptions, clientAddress: Address, to: Address): void {
    const bytes = clientMessage(this.#needs, {
      xid: this.#xid,
      secs: Math.floor((this.#needs.kernel.nowUs() - this.#beganUs) / 1e6),
      clientAddress,
      options,
    });
    // What is lost on a full device is repeated like what is lost on the wire.
    this.#socket?.send(bytes, 0, bytes.length, to, DHCP_PORT.SERVER);
    this.counters.sent++;
  }
}

/** Makes a DHCP client for one interface; it asks for nothing before `start`. */
export function createDhcpClient(needs: DhcpNeeds, limits: DhcpLimits = DHCP_LIMITS): DhcpClient {
  return new Client(needs, limits);
}
