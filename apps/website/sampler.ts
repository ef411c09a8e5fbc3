/** Turns the system's counters into rates, and remembers the last two minutes of them. */
import type { State } from "./modules.ts";
import type { TrafficState } from "./traffic.ts";

/** What one second looked like. Rates are per second. */
export interface Sample {
  /** When it was taken, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly receivedFrames: number;
  readonly sentFrames: number;
  readonly requests: number;
  /** Share of the time that the system was busy, 0 .. 1. */
  readonly busy: number;
  readonly turns: number;
  readonly retransmits: number;
  readonly connections: number;
  readonly memoryBytes: number;
}

/** What the dashboard is sent. */
export interface Snapshot {
  readonly sample: Sample;
  readonly traffic: TrafficState;
  readonly system: State;
}

/** Samples that are kept: two minutes of one each second. */
const HISTORY_SAMPLES = 120;

/** Sums over all interfaces but the loopback, whose traffic does not leave the system. */
function totals(state: State): { in: number; out: number; framesIn: number; framesOut: number } {
  const sum = { in: 0, out: 0, framesIn: 0, framesOut: 0 };
  for (const link of state.interfaces) {
    if (link.address.startsWith("127.")) continue;
    sum.in += link.receivedBytes;
    sum.out += link.sentBytes;
    sum.framesIn += link.receivedFrames;
    sum.framesOut += link.sentFrames;
  }
  return sum;
}

export class Sampler {
  readonly #history: Sample[] = [];
  #before: { state: State; traffic: TrafficState } | undefined;

  get history(): readonly Sample[] {
    return this.#history;
  }

  /** Takes a sample; call it once a second. */
  take(state: State, traffic: TrafficState): Snapshot {
    const before = this.#before ?? { state, traffic };
    const seconds = Math.max((state.uptimeUs - before.state.uptimeUs) / 1e6, 1e-3);
    const perSecond = (now: number, then: number): number => Math.max(0, now - then) / seconds;
    const now = totals(state);
    const then = totals(before.state);
    const sample: Sample = {
      timeMs: Date.now(),
      receivedBytes: perSecond(now.in, then.in),
      sentBytes: perSecond(now.out, then.out),
      receivedFrames: perSecond(now.framesIn, then.framesIn),
      sentFrames: perSecond(now.framesOut, then.framesOut),
      requests: perSecond(traffic.requests, before.traffic.requests),
      busy: Math.min(1, perSecond(state.busyUs, before.state.busyUs) / 1e6),
      turns: perSecond(state.turns, before.state.turns),
      retransmits: perSecond(
        state.tcp.retransmittedSegments,
        before.state.tcp.retransmittedSegments,
      ),
      connections: state.connectionCount,
      memoryBytes: state.memory.usedBytes,
    };
    if (this.#before !== undefined) this.#history.push(sample);
    if (this.#history.length > HISTORY_SAMPLES) this.#history.shift();
    this.#before = { state, traffic };
    return { sample, traffic, system: state };
  }
}
