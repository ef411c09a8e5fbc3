import { createPlainSlab } from "../../../host-adapters/shared/slab.ts";
import type { PacketMemory } from "../../../libos/hal/mod.ts";
import { createMemory, createTimerQueue, type TraceSink } from "../../../libos/kernel/mod.ts";
import type { TcpNeeds } from "../stack.ts";

/** As much of a kernel as TCP needs, over a clock that only the test moves. */
export interface VirtualKernel {
  readonly face: TcpNeeds["kernel"];
  readonly memory: PacketMemory;
  readonly nowUs: number;
  /** Called at the end of every turn. */
  onFlush(flush: () => void): void;
  /** One turn: timers that are due, deferred calls, flush. */
  turn(): void;
  /** Turns at every deadline until `us` microseconds have passed. */
  advance(us: number): void;
}

export function createVirtualKernel(memoryBytes: number, trace?: TraceSink): VirtualKernel {
  const memory = createPlainSlab(memoryBytes).region(memoryBytes);
  const timers = createTimerQueue(() => {});
  const flushes: (() => void)[] = [];
  let deferred: (() => void)[] = [];
  let nowUs = 1_000_000;
  const turn = (): void => {
    timers.run(nowUs);
    while (deferred.length > 0) {
      const batch = deferred;
      deferred = [];
      for (const callback of batch) callback();
    }
    for (const flush of flushes) flush();
  };
  return {
    memory,
    face: {
      timers,
      memory: createMemory(memory),
      heapState: new Uint8Array(2),
      nowUs: () => nowUs,
      wake: () => {},
      trace,
      defer: (callback) => deferred.push(callback),
    },
    get nowUs(): number {
      return nowUs;
    },
    onFlush: (flush) => flushes.push(flush),
    turn,
    advance(us: number): void {
      const endUs = nowUs + us;
      while (timers.nextDeadlineUs() <= endUs) {
        nowUs = Math.max(nowUs, Math.ceil(timers.nextDeadlineUs()));
        turn();
      }
      nowUs = endUs;
      turn();
    },
  };
}
