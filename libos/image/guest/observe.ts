/**
 * What looks on between the machine's drivers and the system. Here nothing does; an image that
 * records has `record.ts` in place of this module.
 */
import type { BareMetal } from "../../../bare-metal/hal.ts";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import type { DriverNeeds, VirtioTransport } from "../../../components/virtio/mod.ts";
import type { Hal } from "../../hal/mod.ts";
import type { TraceSink } from "../../kernel/mod.ts";
import type { Manifest } from "../archive.ts";

export interface Observer {
  /** The machine as everything above the drivers sees it. */
  readonly native: NativeMachine;
  /**
   * Whether so little of the heap is left that a peer gets none of it for something new. Undefined in
   * an image that records, since a replay in another engine has another heap.
   */
  readonly isMemoryShort?: (() => boolean) | undefined;
  /** Told of the system's events. */
  readonly trace?: TraceSink | undefined;
  /** Schedules a job of the composition's own. */
  schedule(bareMetal: BareMetal, job: () => void): void;
  /** Offered each device that has no driver yet. */
  offer(transport: VirtioTransport, needs: DriverNeeds): void;
  /**
   * Makes the platform on which the system is composed. Called once.
   *
   * @param create Opens the devices and makes the machine's own platform.
   */
  platform(manifest: Manifest, bareMetal: BareMetal, create: () => Hal): Hal;
}

/** A sixteenth of the heap is the engine's reserve; an eighth of that is left for what is under way. */
const SHORT_PART = 119 / 128;

/** Called before anything else has been evaluated. */
export function createObserver(native: NativeMachine): Observer {
  return {
    native,
    isMemoryShort: () => native.heap.usedBytes() > SHORT_PART * native.heap.limitBytes(),
    schedule: (bareMetal, job) => bareMetal.schedule(job),
    offer: () => {},
    platform: (_manifest, _bareMetal, create) => create(),
  };
}
