/** A HAL for the kernel's own tests: time moves by hand, and the alarm is called by hand. */
import type { Hal, PacketMemory } from "../../hal/mod.ts";

export interface FakeHal {
  readonly hal: Hal;
  nowUs: number;
  /** The armed deadline, or Infinity. */
  readonly armedUs: number;
  /** Lets time pass and calls the alarm as often as it is due. */
  advance(us: number): void;
}

export function createFakeHal(regionBytes: number = 1024 * 1024): FakeHal {
  let armedUs = Infinity;
  let expire = (): void => {};
  const unused = (): never => {
    throw new Error("not part of this fake");
  };
  const memory: PacketMemory = {
    bytes: new Uint8Array(regionBytes),
    regionOffset: 0,
    regionBytes,
    copy: unused,
    copyIn: unused,
    copyOut: unused,
    zero: unused,
    checksum: unused,
    copyChecksum: unused,
  };
  const fake = {
    nowUs: 0,
    get armedUs(): number {
      return armedUs;
    },
    advance(us: number): void {
      const untilUs = fake.nowUs + us;
      while (armedUs <= untilUs) {
        fake.nowUs = Math.max(fake.nowUs, armedUs);
        armedUs = Infinity;
        expire();
      }
      fake.nowUs = untilUs;
    },
    hal: {
      platform: { name: "fake", engine: "none", arch: "unknown" },
      memory,
      clock: { nowUs: () => fake.nowUs, wallUs: () => fake.nowUs },
      timer: {
        arm: (deadlineUs: number) => {
          armedUs = deadlineUs;
        },
        disarm: () => {
          armedUs = Infinity;
        },
        onExpire: (handler: () => void) => {
          expire = handler;
        },
      },
      entropy: { available: false, fill: unused },
      console: { write: () => {}, read: () => 0, onReady: () => {} },
      power: { off: () => {}, reset: () => {}, onRequest: () => {} },
      net: [],
      block: [],
      shares: [],
      close: () => {},
    },
  };
  return fake;
}
