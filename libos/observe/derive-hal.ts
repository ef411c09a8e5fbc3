import type { Hal } from "../hal/mod.ts";

/** A HAL with some of its parts replaced; the rest is `hal`'s own, also where it is a class. */
export function deriveHal(hal: Hal, replaced: Partial<Hal>): Hal {
  return {
    platform: hal.platform,
    memory: hal.memory,
    clock: hal.clock,
    timer: hal.timer,
    entropy: hal.entropy,
    console: hal.console,
    power: hal.power,
    net: hal.net,
    block: hal.block,
    shares: hal.shares,
    close: () => hal.close(),
    ...replaced,
  };
}
