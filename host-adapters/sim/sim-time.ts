/** The clock and the alarm of one simulated system. */
import type { Clock, Timer } from "../../libos/hal/mod.ts";
import type { SimEvent, World } from "./world.ts";

/** How far a system's clocks are from the world's. */
export interface ClockSkew {
  /** Microseconds that the monotonic clock gains in each second (parts per million). Default 0. */
  readonly skewPpm?: number;
  /** Added to the wall clock. Default 0. */
  readonly wallOffsetUs?: number;
}

export class SimClock implements Clock {
  readonly #world: World;
  readonly #bootUs: number;
  readonly #rate: number;
  wallOffsetUs: number;

  constructor(world: World, skew: ClockSkew) {
    this.#world = world;
    this.#bootUs = world.nowUs;
    this.#rate = 1 + (skew.skewPpm ?? 0) / 1e6;
    this.wallOffsetUs = skew.wallOffsetUs ?? 0;
  }

  nowUs(): number {
    return this.#localUs(this.#world.nowUs);
  }

  wallUs(): number {
    return this.#world.wallStartUs + this.#bootUs + this.nowUs() + this.wallOffsetUs;
  }

  /** The earliest time of the world at which `nowUs()` is at least `localUs`. */
  worldUs(localUs: number): number {
    const wantedUs = Math.min(Math.ceil(localUs), Number.MAX_SAFE_INTEGER / 2);
    let worldUs = this.#bootUs + Math.floor(wantedUs / this.#rate);
    while (this.#localUs(worldUs) < wantedUs) worldUs++;
    return worldUs;
  }

  #localUs(worldUs: number): number {
    return Math.floor((worldUs - this.#bootUs) * this.#rate);
  }
}

/**
 * The alarm. It has at most one event in the world's queue that is not stale: moving the deadline
 * later leaves the event where it is, and it moves on when its time comes.
 */
export class SimTimer implements Timer, SimEvent {
  readonly isHandler = true;
  readonly #world: World;
  readonly #clock: SimClock;
  readonly #name: string;
  readonly #isOff: () => boolean;
  #deadlineUs = Infinity;
  #queuedUs = Infinity;
  #handler: (() => void) | undefined;

  constructor(world: World, clock: SimClock, name: string, isOff: () => boolean) {
    this.#world = world;
    this.#clock = clock;
    this.#name = name;
    this.#isOff = isOff;
  }

  arm(deadlineUs: number): void {
    this.#deadlineUs = Math.max(this.#world.nowUs, this.#clock.worldUs(deadlineUs));
    if (this.#deadlineUs < this.#queuedUs) this.#queue();
  }

  disarm(): void {
    this.#deadlineUs = Infinity;
  }

  onExpire(handler: () => void): void {
    this.#handler = handler;
  }

  isStale(timeUs: number): boolean {
    // `queuedUs` names the live event; one that an earlier event has overtaken is pointless.
    if (this.#isOff() || timeUs !== this.#queuedUs) return true;
    if (this.#deadlineUs <= timeUs) return false;
    this.#queuedUs = Infinity;
    if (this.#deadlineUs !== Infinity) this.#queue();
    return true;
  }

  run(): void {
    this.#queuedUs = Infinity;
    this.#deadlineUs = Infinity;
    if (this.#world.isTracing) this.#world.trace(this.#name, "timer", {});
    this.#handler?.();
  }

  #queue(): void {
    this.#queuedUs = this.#deadlineUs;
    this.#world.at(this.#queuedUs, this);
  }
}
