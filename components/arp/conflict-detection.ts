/** Address conflict detection (RFC 5227): probe before use, announce, defend. */
import type { Entropy } from "../../libos/hal/mod.ts";
import type { Kernel, TimerEntry } from "../../libos/kernel/mod.ts";
import { readU32 } from "../../libos/kernel/mod.ts";
import type { Address } from "../ip/mod.ts";

/** The times of RFC 5227, 1.1, in microseconds. A caller in a hurry may pass smaller ones. */
export interface ProbeTimes {
  /** Probes are sent this often, >= 1 (PROBE_NUM). */
  readonly probes: number;
  /** A random wait before the first probe, at the most (PROBE_WAIT). */
  readonly initialWaitUs: number;
  /** Between probes, at random (PROBE_MIN, PROBE_MAX). */
  readonly intervalMinUs: number;
  readonly intervalMaxUs: number;
  /** After the last probe (ANNOUNCE_WAIT). */
  readonly lastWaitUs: number;
}

export const PROBE_TIMES: ProbeTimes = {
  probes: 3,
  initialWaitUs: 1_000_000,
  intervalMinUs: 1_000_000,
  intervalMaxUs: 2_000_000,
  lastWaitUs: 2_000_000,
};

const ANNOUNCE_NUM = 2;
const ANNOUNCE_INTERVAL_US = 2_000_000;
const DEFEND_INTERVAL_US = 10_000_000;

/** What conflict detection asks of ARP. */
export interface ConflictNeeds {
  readonly kernel: Kernel;
  readonly entropy: Entropy;
  /** Broadcasts a request for `target`, in which we call ourselves `sender`. */
  broadcast(sender: Address, target: Address): void;
}

interface Probe {
  readonly address: Address;
  readonly done: (isConflict: boolean) => void;
  readonly times: ProbeTimes;
  readonly timer: TimerEntry;
  sent: number;
}

interface Announcement {
  readonly address: Address;
  readonly timer: TimerEntry;
  sent: number;
}

export class ConflictDetection {
  readonly #needs: ConflictNeeds;
  readonly #probes = new Map<Address, Probe>();
  readonly #announcements = new Map<Address, Announcement>();
  readonly #defendedUs = new Map<Address, number>();
  readonly #random = new Uint8Array(4);

  constructor(needs: ConflictNeeds) {
    this.#needs = needs;
  }

  /** Begins to ask whether anybody uses `address`; `done` is called once, unless cancelled. */
  probe(address: Address, times: ProbeTimes, done: (isConflict: boolean) => void): () => void {
    this.#probes.get(address)?.timer.cancel();
    const timer = this.#needs.kernel.timers.create(() => this.#nextProbe(probe), undefined);
    const probe: Probe = { address, done, times, timer, sent: 0 };
    this.#probes.set(address, probe);
    this.#after(timer, this.#randomUs(0, times.initialWaitUs));
    return () => {
      timer.cancel();
      if (this.#probes.get(address) === probe) this.#probes.delete(address);
    };
  }

  /** Tells everybody that `address` is ours, twice (RFC 5227, 2.3). */
  announce(address: Address): void {
    this.#announcements.get(address)?.timer.cancel();
    const timer = this.#needs.kernel.timers.create(
      () => this.#nextAnnouncement(announcement),
      undefined,
    );
    const announcement: Announcement = { address, timer, sent: 0 };
    this.#announcements.set(address, announcement);
    this.#nextAnnouncement(announcement);
  }

  /**
   * Somebody else says that `address` is theirs, or probes for it.
   *
   * @returns True when we were probing for it, so that the packet needs nothing more.
   */
  heard(address: Address): boolean {
    const probe = this.#probes.get(address);
    if (probe === undefined) return false;
    this.#endProbe(probe, true);
    return true;
  }

  /**
   * Defends an address of ours that somebody else uses: one announcement, and not again within ten
   * seconds, lest two hosts that both defend flood the link (RFC 5227, 2.4 (b)).
   */
  defend(address: Address): void {
    const nowUs = this.#needs.kernel.nowUs();
    const earlierUs = this.#defendedUs.get(address);
    if (earlierUs !== undefined && nowUs - earlierUs < DEFEND_INTERVAL_US) return;
    this.#defendedUs.set(address, nowUs);
    this.#needs.broadcast(address, address);
  }

  /** Forgets what concerns addresses that are ours no more. */
  retain(addresses: ReadonlySet<Address>): void {
    for (const address of this.#defendedUs.keys()) {
      if (!addresses.has(address)) this.#defendedUs.delete(address);
    }
    for (const [address, announcement] of this.#announcements) {
      if (addresses.has(address)) continue;
      announcement.timer.cancel();
      this.#announcements.delete(address);
    }
  }

  stop(): void {
    for (const probe of this.#probes.values()) probe.timer.cancel();
    this.#probes.clear();
    this.retain(new Set());
  }

  #nextProbe(probe: Probe): void {
    const { address, times } = probe;
    if (probe.sent === times.probes) {
      this.#endProbe(probe, false);
      return;
    }
    this.#needs.broadcast(0, address);
    probe.sent++;
    const isLast = probe.sent === times.probes;
    this.#after(
      probe.timer,
      isLast ? times.lastWaitUs : this.#randomUs(times.intervalMinUs, times.intervalMaxUs),
    );
  }

  #endProbe(probe: Probe, isConflict: boolean): void {
    probe.timer.cancel();
    this.#probes.delete(probe.address);
    probe.done(isConflict);
  }

  #nextAnnouncement(announcement: Announcement): void {
    const { address } = announcement;
    this.#needs.broadcast(address, address);
    announcement.sent++;
    if (announcement.sent < ANNOUNCE_NUM) this.#after(announcement.timer, ANNOUNCE_INTERVAL_US);
    else this.#announcements.delete(address);
  }

  #after(timer: TimerEntry, us: number): void {
    timer.set(this.#needs.kernel.nowUs() + us);
  }

  #randomUs(minUs: number, maxUs: number): number {
    this.#needs.entropy.fill(this.#random);
    return minUs + Math.floor((readU32(this.#random, 0) / 0x1_0000_0000) * (maxUs - minUs));
  }
}
