/**
 * Adapters that are broken on purpose, one sentence of the contract each: the suite must find every
 * one of them. A mutant is the simulator with one method replaced.
 */
import type {
  AcceptFrame,
  BlockDevice,
  Hal,
  NetDevice,
  PacketMemory,
  ShareDevice,
  TransmitFrame,
} from "../../libos/hal/mod.ts";
import type { ContractHarness, SystemUnderTest } from "./harness.ts";

/** One broken adapter, and the test that must fail for it (a part of its name). */
export interface Mutant {
  readonly name: string;
  readonly caughtBy: string;
  spoil(system: SystemUnderTest): SystemUnderTest;
}

/** `target` with some of its members replaced; methods keep `target` as their `this`. */
function replace<Target extends object>(target: Target, changes: Partial<Target>): Target {
  return new Proxy(target, {
    get(original, key) {
      if (key in changes) return (changes as Record<PropertyKey, unknown>)[key];
      const value: unknown = Reflect.get(original, key, original);
      return typeof value === "function" ? value.bind(original) : value;
    },
  });
}

function spoilHal(name: string, caughtBy: string, change: (hal: Hal) => Partial<Hal>): Mutant {
  return {
    name,
    caughtBy,
    spoil: (system) => ({ ...system, hal: replace(system.hal, change(system.hal)) }),
  };
}

function spoilMemory(
  name: string,
  caughtBy: string,
  change: (memory: PacketMemory) => Partial<PacketMemory>,
): Mutant {
  return spoilHal(name, caughtBy, ({ memory }) => ({ memory: replace(memory, change(memory)) }));
}

/** Spoils both ends, so that it shows whichever end the defect is at. */
function spoilNet(
  name: string,
  caughtBy: string,
  change: (device: NetDevice) => Partial<NetDevice>,
): Mutant {
  return {
    name,
    caughtBy,
    spoil(system) {
      const { near, far } = system.net!;
      const device = replace(near.device, change(near.device));
      const farDevice = replace(far.device, change(far.device));
      const net = {
        ...system.net!,
        near: { device, memory: near.memory },
        far: { device: farDevice, memory: far.memory },
      };
      return { ...system, net, hal: replace(system.hal, { net: [device] }) };
    },
  };
}

function spoilDisk(
  name: string,
  caughtBy: string,
  change: (device: BlockDevice, system: SystemUnderTest) => Partial<BlockDevice>,
): Mutant {
  return {
    name,
    caughtBy,
    spoil(system) {
      const { device, readOnly } = system.disk!;
      const spoiled = replace(device, change(device, system));
      const spoiledReadOnly = replace(readOnly, change(readOnly, system));
      const hal = replace(system.hal, { block: [spoiled, spoiledReadOnly] });
      return { ...system, hal, disk: { device: spoiled, readOnly: spoiledReadOnly } };
    },
  };
}

const TIME: readonly Mutant[] = [
  spoilHal("a clock with fractions", "whole microseconds", ({ clock }) => ({
    clock: replace(clock, { nowUs: () => clock.nowUs() + 0.5 }),
  })),
  spoilHal("a clock that goes back", "whole microseconds", ({ clock }) => {
    let calls = 0;
    return { clock: replace(clock, { nowUs: () => clock.nowUs() + (++calls % 7) }) };
  }),
  spoilHal("a wall clock in milliseconds", "since 1970", ({ clock }) => ({
    clock: replace(clock, { wallUs: () => Math.floor(clock.wallUs() / 1000) }),
  })),
  spoilHal("an alarm that is early", "never early", ({ timer }) => ({
    timer: replace(timer, { arm: (us) => timer.arm(us - 100) }),
  })),
  spoilHal("an alarm that rounds down", "never early", ({ timer }) => ({
    timer: replace(timer, { arm: (us) => timer.arm(Math.floor(us)) }),
  })),
  spoilHal("an alarm that cannot be disarmed", "disarm forgets", ({ timer }) => ({
    timer: replace(timer, { disarm() {} }),
  })),
  spoilHal("an alarm that expires inside of arm", "due at once", ({ timer, clock }) => {
    let handler = (): void => {};
    return {
      timer: replace(timer, {
        onExpire(given) {
          handler = given;
          timer.onExpire(given);
        },
        arm: (us) => (us <= clock.nowUs() ? handler() : timer.arm(us)),
      }),
    };
  }),
  spoilHal("an alarm that keeps the earliest deadline", "arm replaces", ({ timer, clock }) => {
    let earliest = Infinity;
    return {
      timer: replace(timer, {
        arm(us) {
          earliest = earliest < clock.nowUs() ? us : Math.min(earliest, us);
          timer.arm(earliest);
        },
      }),
    };
  }),
];

const PLATFORM: readonly Mutant[] = [
  spoilHal("entropy of 65,536 bytes at the most", "entropy fills all", ({ entropy }) => ({
    entropy: replace(entropy, { fill: (target) => entropy.fill(target.subarray(0, 65_536)) }),
  })),
  spoilHal("entropy that repeats itself", "does not repeat", ({ entropy }) => ({
    entropy: replace(entropy, { fill: (target) => target.set(target.map((_, index) => index)) }),
  })),
  spoilHal("a console that keeps what it borrows", "borrows what it writes", ({ console }) => {
    let held: [1 | 2, Uint8Array] | undefined;
    return {
      console: replace(console, {
        write(stream, bytes) {
          held ??= [stream, bytes];
          queueMicrotask(() => {
            if (held !== undefined) console.write(...held);
            held = undefined;
          });
        },
      }),
    };
  }),
  spoilHal("a console that mixes its streams", "writes all bytes", ({ console }) => ({
    console: replace(console, { write: (_stream, bytes) => console.write(1, bytes) }),
  })),
  spoilHal("a console that ends again and again", "ends once", ({ console }) => {
    let isEnded = false;
    return {
      console: replace(console, {
        read(accept) {
          const count = console.read((bytes) => {
            isEnded ||= bytes.length === 0;
            accept(bytes);
          });
          if (isEnded && count === 0) accept(new Uint8Array(0));
          return count;
        },
      }),
    };
  }),
  spoilHal("power that forgets the exit code", "off ends", ({ power }) => ({
    power: replace(power, { off: () => power.off(0) }),
  })),
  spoilHal("a system that cannot be closed", "no handler is called", () => ({ close() {} })),
];

const MEMORY: readonly Mutant[] = [
  spoilMemory("a checksum that ignores an odd byte", "sums and copies alike", (memory) => ({
    checksum: (offset, length, sum) => memory.checksum(offset, length & ~1, sum),
  })),
  spoilMemory("a checksum in the host's byte order", "RFC 1071", (memory) => ({
    checksum(offset, length, sum) {
      const right = memory.checksum(offset, length, sum);
      return ((right & 0xff) << 8) | (right >> 8);
    },
  })),
  spoilMemory("a checksum that is inverted", "RFC 1071", (memory) => ({
    checksum: (offset, length, sum) => ~memory.checksum(offset, length, sum) & 0xffff,
  })),
  spoilMemory("a copy that tears overlapping ranges", "what the reference does", (memory) => ({
    copy(to, from, length) {
      const { bytes } = memory;
      memory.checksum(from, length, 0);
      memory.checksum(to, length, 0);
      for (let index = 0; index < length; index++) bytes[to + index] = bytes[from + index]!;
    },
  })),
  spoilMemory("a copy that is not checked", "get RangeError", (memory) => ({
    copy: (to, from, length) => void memory.bytes.copyWithin(to, from, from + length),
  })),
  spoilMemory("zero of one byte more", "what the reference does", (memory) => ({
    zero: (offset, length) => memory.zero(offset, length + 1),
  })),
];

function callingNow(device: NetDevice): Partial<NetDevice> {
  let handler = (): void => {};
  return {
    onReady(given) {
      handler = given;
      device.onReady(given);
    },
    transmit(frame) {
      const isTaken = device.transmit(frame);
      handler();
      return isTaken;
    },
  };
}

const NET: readonly Mutant[] = [
  spoilNet("receive without a budget", "keeps to its budget", (device) => ({
    receive: (accept) => device.receive(accept, 1e6),
  })),
  spoilNet("receive that counts one too many", "frames arrive whole", (device) => ({
    receive: (accept, budget) => device.receive(accept, budget) + 1,
  })),
  spoilNet("frames at any alignment", "frames arrive whole", (device) => ({
    receive: (accept: AcceptFrame, budget) =>
      device.receive((offset, length, offload) => accept(offset + 2, length - 2, offload), budget),
  })),
  spoilNet("frames without their last part", "frames arrive whole", (device) => ({
    transmit(frame: TransmitFrame) {
      frame.partCount = Math.max(1, frame.partCount - 1);
      return device.transmit(frame);
    },
  })),
  spoilNet("a queue without an end that loses frames", "a full queue refuses", (device) => ({
    transmit: (frame: TransmitFrame) => device.transmit(frame) || true,
  })),
  spoilNet("a device that takes any frame", "cannot take get RangeError", (device) => ({
    transmit(frame: TransmitFrame) {
      try {
        return device.transmit(frame);
      } catch {
        return true;
      }
    },
  })),
  spoilNet("a handler on a used stack", "empty stack", callingNow),
  spoilNet("a device that never announces", "frames arrive whole", () => ({ onReady() {} })),
  spoilNet("transmitted at once, before it is read", "memory may be reused", (device) => {
    let taken = 0;
    return {
      transmit(frame: TransmitFrame) {
        const isTaken = device.transmit(frame);
        if (isTaken) taken++;
        return isTaken;
      },
      transmitted: () => taken,
    };
  }),
  spoilNet("transmitted that starts again", "never decreases", (device) => ({
    transmitted: () => device.transmitted() % 16,
  })),
  spoilNet("a checksum that is not completed", "a checksum is completed", (device) => ({
    transmit(frame: TransmitFrame) {
      frame.checksumStart = -1;
      return device.transmit(frame);
    },
  })),
  spoilNet("segments whose sequence stands still", "in right segments", (device) => ({
    receive: (accept: AcceptFrame, budget) =>
      device.receive((offset, length, offload) => {
        accept(offset, length, { ...offload, segmentBytes: 7 });
      }, budget),
  })),
];

const DISK: readonly Mutant[] = [
  spoilDisk("completions that come twice", "completes once", (device) => ({
    complete: (accept) =>
      device.complete((token, status) => {
        accept(token, status);
        accept(token, status);
      }) * 2,
  })),
  spoilDisk("writes one sector further", "its neighbours stay", (device) => ({
    submit: (operation, sector, count, offset, token) =>
      device.submit(operation, operation === "write" ? sector + 1 : sector, count, offset, token),
  })),
  spoilDisk("a disk that says ok to everything", "get range", (device) => ({
    complete: (accept) => device.complete((token) => accept(token, "ok")),
  })),
  spoilDisk("a read-only disk that is written", "is read, and not written", (device) => ({
    info: { ...device.info },
    complete: (accept) =>
      device.complete((token, status) => accept(token, status === "read-only" ? "ok" : status)),
  })),
  spoilDisk("transferSync that overtakes", "at once, in order", (device, { hal }) => ({
    transferSync(operation, _sector, count, offset) {
      hal.memory.zero(offset, count * device.info.sectorBytes);
      return operation === "read" ? "ok" : "io-error";
    },
  })),
];

function spoilShare(
  name: string,
  caughtBy: string,
  change: (device: ShareDevice) => Partial<ShareDevice>,
): Mutant {
  return {
    name,
    caughtBy,
    spoil(system) {
      const { device, readOnly, host } = system.share!;
      const share = {
        host,
        device: replace(device, change(device)),
        readOnly: replace(readOnly, change(readOnly)),
      };
      return { ...system, share };
    },
  };
}

/** A path as a careless device understands it. */
const normalized = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");

const SHARE: readonly Mutant[] = [
  spoilShare("a share that tidies paths up", "improper paths get EINVAL", (device) => ({
    stat: (path, into) => device.stat(normalized(path), into),
  })),
  spoilShare("a share that follows links", "never followed", (device) => ({
    open(path, flags, mode) {
      const target = device.readlink(path);
      return device.open(typeof target === "string" ? target : path, flags, mode);
    },
  })),
  spoilShare("a read-only share that makes folders", "EROFS to every change", () => ({
    mkdir: () => 0,
  })),
  spoilShare("a share whose handles die with the name", "lives on after", (device) => {
    let isUnlinked = false;
    return {
      unlink(path) {
        isUnlinked = true;
        return device.unlink(path);
      },
      read: (...args) => (isUnlinked ? -9 : device.read(...args)),
    };
  }),
  spoilShare("a share that reads behind the range", "keep to their range", (device) => ({
    read: (handle, target, offset, length, position) =>
      device.read(handle, target, offset, length + 1, position),
  })),
  spoilShare("a share that announces no change", "changes are announced", () => ({ onReady() {} })),
  spoilShare("a share that follows what it stats", "stat says type", (device) => ({
    stat(path, into) {
      const target = device.readlink(path);
      return device.stat(typeof target === "string" ? target : path, into);
    },
  })),
];

export const MUTANTS: readonly Mutant[] = [
  ...TIME,
  ...PLATFORM,
  ...MEMORY,
  ...NET,
  ...DISK,
  ...SHARE,
];

/** The harness with every system spoiled. */
export function mutate(harness: ContractHarness, mutant: Mutant): ContractHarness {
  return {
    ...harness,
    name: mutant.name,
    start: async (options) => mutant.spoil(await harness.start(options)),
  };
}
