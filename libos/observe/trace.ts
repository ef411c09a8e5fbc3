/** Traces for people: a line for each event of the HAL and of the components, with virtual time. */
import type { AcceptFrame, BlockDevice, Clock, Hal, NetDevice, ShareDevice } from "../hal/mod.ts";
import type { TraceFields, TraceSink } from "../kernel/mod.ts";
import { deriveHal } from "./derive-hal.ts";

/** Who writes events. */
const SOURCES = [
  "tcp",
  "hal.net",
  "hal.block",
  "hal.share",
  "hal.timer",
  "hal.entropy",
  "hal.power",
];

/** Decides whether an event is shown. */
export type TraceFilter = (source: string, event: string) => boolean;

/**
 * Reads a filter: names separated by commas, each `source`, `source.event`, with `*` for anything;
 * a leading `-` takes away. `hal` matches `hal.net` too. Without a positive name, all is shown.
 *
 * parseTraceFilter("tcp,-tcp.send") shows TCP without what it sends.
 *
 * @throws RangeError A name that no event bears.
 */
export function parseTraceFilter(text: string): TraceFilter {
  const wanted: RegExp[] = [];
  const unwanted: RegExp[] = [];
  for (const name of text.split(",").map((part) => part.trim())) {
    if (name === "") continue;
    const isUnwanted = name.startsWith("-");
    const events = name.slice(isUnwanted ? 1 : 0);
    if (!isKnown(events)) {
      throw new RangeError(
        `"${events}" names no events; they are tcp.EVENT, hal.DEVICE and hal.DEVICE.EVENT, ` +
          `as in tcp.state or hal.net.receive`,
      );
    }
    const pattern = events.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
    const expression = new RegExp(`^${pattern.replaceAll("*", ".*")}(\\..*)?$`);
    (isUnwanted ? unwanted : wanted).push(expression);
  }
  return (source, event) => {
    const name = `${source}.${event}`;
    if (unwanted.some((expression) => expression.test(name))) return false;
    return wanted.length === 0 || wanted.some((expression) => expression.test(name));
  };
}

/** False for what would show nothing, whatever happens. */
function isKnown(name: string): boolean {
  if (name.includes("*")) return true;
  return SOURCES.some(
    (source) => source === name || source.startsWith(`${name}.`) || name.startsWith(`${source}.`),
  );
}

/**
 * A sink that writes lines like `     0.001234 tcp.state  from=SYN-SENT to=ESTABLISHED`.
 *
 * @param clock Whose time the lines show: seconds since boot.
 */
export function createTextTrace(
  clock: Clock,
  filter: TraceFilter,
  writeLine: (line: string) => void,
): TraceSink {
  return {
    event(source, event, fields) {
      if (!filter(source, event)) return;
      writeLine(`${formatTime(clock.nowUs())} ${formatEvent(source, event, fields)}`);
    },
  };
}

function formatTime(us: number): string {
  const fraction = String(us % 1_000_000).padStart(6, "0");
  return `${String(Math.floor(us / 1_000_000)).padStart(5)}.${fraction}`;
}

function formatEvent(source: string, event: string, fields: TraceFields): string {
  const name = `${source}.${event}`.padEnd(18);
  const values = Object.entries(fields).map(([field, value]) => `${field}=${value}`);
  return `${name} ${values.join(" ")}`.trimEnd();
}

/**
 * Shows what passes the contract: frames, sectors, entropy, readiness, timers. Clock readings are
 * not events.
 */
export function traceHal(hal: Hal, trace: TraceSink): Hal {
  return deriveHal(hal, {
    timer: {
      arm: (deadlineUs) => {
        trace.event("hal.timer", "arm", { deadlineUs });
        hal.timer.arm(deadlineUs);
      },
      disarm: () => {
        trace.event("hal.timer", "disarm", {});
        hal.timer.disarm();
      },
      onExpire: (handler) => {
        hal.timer.onExpire(() => {
          trace.event("hal.timer", "expire", {});
          handler();
        });
      },
    },
    entropy: {
      available: hal.entropy.available,
      fill: (target) => {
        trace.event("hal.entropy", "fill", { bytes: target.length });
        hal.entropy.fill(target);
      },
    },
    power: {
      off: (exitCode) => {
        trace.event("hal.power", "off", { exitCode });
        hal.power.off(exitCode);
      },
      reset: () => hal.power.reset(),
      onRequest: (handler) => {
        hal.power.onRequest(() => {
          trace.event("hal.power", "request", {});
          handler();
        });
      },
    },
    net: hal.net.map((device) => traceNet(device, hal, trace)),
    block: hal.block.map((device) => traceBlock(device, trace)),
    shares: hal.shares.map((share) => traceShare(share, trace)),
  });
}

function traceNet(device: NetDevice, hal: Hal, trace: TraceSink): NetDevice {
  const { name } = device.info;
  let accept: AcceptFrame = () => {};
  const { bytes } = hal.memory;
  const acceptAndTrace: AcceptFrame = (offset, length, offload) => {
    const type = ((bytes[offset + 12]! << 8) | bytes[offset + 13]!).toString(16).padStart(4, "0");
    trace.event("hal.net", "receive", { name, length, type, segmentBytes: offload.segmentBytes });
    accept(offset, length, offload);
  };
  return {
    info: device.info,
    receive: (handler, budget) => {
      accept = handler;
      return device.receive(acceptAndTrace, budget);
    },
    transmit: (frame) => {
      const taken = device.transmit(frame);
      let length = 0;
      for (let part = 0; part < frame.partCount; part++) length += frame.partLength[part]!;
      const { segmentBytes } = frame;
      trace.event("hal.net", taken ? "transmit" : "full", { name, length, segmentBytes });
      return taken;
    },
    flush: () => device.flush(),
    transmitted: () => device.transmitted(),
    linkUp: () => device.linkUp(),
    onReady: (handler) => {
      device.onReady(() => {
        trace.event("hal.net", "ready", { name });
        handler();
      });
    },
  };
}

function traceBlock(device: BlockDevice, trace: TraceSink): BlockDevice {
  const { name } = device.info;
  const traced: BlockDevice = {
    info: device.info,
    submit: (operation, sector, count, offset, token) => {
      const taken = device.submit(operation, sector, count, offset, token);
      trace.event("hal.block", taken ? operation : "full", { name, sector, count, token });
      return taken;
    },
    complete: (accept) =>
      device.complete((token, status) => {
        trace.event("hal.block", "complete", { name, token, status });
        accept(token, status);
      }),
    onReady: (handler) => device.onReady(handler),
  };
  if (device.transferSync === undefined) return traced;
  return {
    ...traced,
    transferSync: (operation, sector, count, offset) => {
      const status = device.transferSync!(operation, sector, count, offset);
      trace.event("hal.block", `${operation}-sync`, { name, sector, count, status });
      return status;
    },
  };
}

/** The calls of a share that are worth a line; all answer a number, and most begin with a path. */
const SHARE_CALLS = [
  "open",
  "read",
  "write",
  "truncate",
  "sync",
  "close",
  "mkdir",
  "unlink",
  "rmdir",
  "rename",
  "link",
  "symlink",
  "chmod",
  "utimes",
  "stat",
] as const satisfies readonly (keyof ShareDevice)[];

function traceShare(share: ShareDevice, trace: TraceSink): ShareDevice {
  return new Proxy(share, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      const call = SHARE_CALLS.find((name) => name === property);
      if (call === undefined) return value.bind(target) as unknown;
      return (...values: unknown[]) => {
        const result = value.apply(target, values) as number;
        const subject =
          typeof values[0] === "string" ? { path: values[0] } : { handle: Number(values[0]) };
        trace.event("hal.share", call, { name: share.name, ...subject, result });
        return result;
      };
    },
  });
}
