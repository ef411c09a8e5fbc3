/** The platform of a replay: a `Hal` that answers what was recorded. */
import type { Hal, ShareDevice } from "../hal/mod.ts";
import { JOB, TAG, type RecordingHeader } from "./format.ts";
import { replayShare } from "./record-share.ts";
import { replayBlock, replayNet, type AnswerLog } from "./replay-devices.ts";

/** POSIX's number for an I/O error: what a share answers once the replay is over. */
export const EIO = 5;

/** The recording, as the replayed platform reads its answers from it. */
export interface ReplayLog extends AnswerLog {
  readonly header: RecordingHeader;
  /** The recorded time, which each reading of the clock moves. */
  nowUs: number;
  /** The system did something else than was recorded: the replay ends. */
  diverge(what: string): void;
  /** Runs `read`; a recording that breaks off in it ends the replay. */
  guard(read: () => void): void;
}

/** @param write Takes what the system writes to its console. */
export function createReplayHal(
  log: ReplayLog,
  write: (stream: 1 | 2, bytes: Uint8Array) => void,
): Hal {
  const { header, reader } = log;
  let wallUs = 0;
  return {
    // The recorded one: applications may send its name.
    platform: header.platform,
    memory: log.memory,
    clock: {
      nowUs: () => log.take(TAG.CLOCK, "the time", log.nowUs, () => (log.nowUs += reader.varint())),
      wallUs: () => log.take(TAG.WALL, "the date", wallUs, () => (wallUs += reader.signed())),
    },
    timer: {
      arm: () => {},
      disarm: () => {},
      onExpire: (handler) => log.onReady(JOB.TIMER, 0, handler),
    },
    entropy: {
      available: header.entropyAvailable,
      fill: (target) => {
        log.take(TAG.ENTROPY, `${target.length} random bytes`, undefined, () => {
          const bytes = reader.bytes(reader.varint());
          if (bytes.length === target.length) target.set(bytes);
          else log.diverge(`${target.length} random bytes asked for, ${bytes.length} recorded`);
          return undefined;
        });
      },
    },
    console: {
      write,
      read: (accept) => {
        let calls = 0;
        while (!log.isOver && reader.peek() === TAG.CONSOLE) {
          log.guard(() => {
            reader.byte();
            accept(reader.bytes(reader.varint()));
          });
          calls++;
        }
        return calls;
      },
      onReady: (handler) => log.onReady(JOB.CONSOLE, 0, handler),
    },
    power: {
      off: () => {},
      reset: () => {},
      onRequest: (handler) => log.onReady(JOB.POWER, 0, handler),
    },
    net: header.net.map((info, index) => replayNet(log, info, index)),
    block: header.block.map((info, index) => replayBlock(log, info, index)),
    shares: header.shares.map((info, index) => guardShare(log, replayShare(info, index, log))),
    close: () => {},
  };
}

/** A share whose calls end the replay where the recording breaks off in their answer. */
function guardShare(log: ReplayLog, share: ShareDevice): ShareDevice {
  return new Proxy(share, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        let result: unknown = -EIO;
        log.guard(() => {
          result = value.apply(target, values) as unknown;
        });
        return result;
      };
    },
  });
}
