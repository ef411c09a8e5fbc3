/**
 * Makes the host's sources of nondeterminism throw while a simulation runs: what a system needs of
 * time and chance comes through the contract.
 */

interface HostGlobals {
  Date: { new (): object; now(): number };
  Math: { random(): number };
  performance?: { now(): number };
  crypto?: { getRandomValues(target: unknown): unknown };
  setTimeout?: unknown;
  setInterval?: unknown;
}

type Undo = () => void;

function forbid<Owner extends object>(owner: Owner | undefined, name: string, label: string): Undo {
  if (owner === undefined) return () => {};
  const original = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, {
    configurable: true,
    writable: true,
    value: () => {
      throw new Error(`${label} inside a simulation: take it from the HAL`);
    },
  });
  return () => {
    if (original === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, original);
  };
}

/** `new Date()` reads the clock; with arguments it is only arithmetic. */
function forbidNewDate(host: HostGlobals): Undo {
  const original = host.Date;
  host.Date = new Proxy(original, {
    construct(target, args, newTarget) {
      if (args.length === 0)
        throw new Error("new Date() inside a simulation: take it from the HAL");
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  return () => {
    host.Date = original;
  };
}

/** @returns What takes the guard away again. */
export function installGuard(): Undo {
  const host = globalThis as unknown as HostGlobals;
  const undos = [
    forbidNewDate(host),
    forbid(host.Date, "now", "Date.now()"),
    forbid(host.Math, "random", "Math.random()"),
    forbid(host.performance, "now", "performance.now()"),
    forbid(host.crypto, "getRandomValues", "crypto.getRandomValues()"),
    forbid(host, "setTimeout", "setTimeout()"),
    forbid(host, "setInterval", "setInterval()"),
  ];
  return () => {
    for (const undo of undos.toReversed()) undo();
  };
}
