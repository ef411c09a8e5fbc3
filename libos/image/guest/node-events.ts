/** What the package `events` lacks of `node:events`. */
import type { EventEmitter } from "events";
import { abortError } from "../../api/shared/argument-errors.ts";
import { addAbortListener } from "./streams/util.ts";

type Emitter = EventEmitter;
type Values = unknown[];
interface Signal extends EventTarget {
  readonly aborted: boolean;
  readonly reason: unknown;
}
interface OnOptions {
  readonly signal?: Signal;
  readonly close?: readonly string[];
}

/** An endless iteration over the events of an emitter, each as the array of its values. */
function on(
  emitter: Emitter,
  name: string | symbol,
  { signal, close = [] }: OnOptions = {},
): AsyncIterableIterator<Values> {
  if (signal?.aborted === true) throw abortError(signal.reason);
  const events: Values[] = [];
  const waiting: PromiseWithResolvers<IteratorResult<Values>>[] = [];
  let error: unknown;
  let [hasFailed, isOver] = [false, false];
  const done = { value: undefined, done: true } as const;
  const onEvent = (...values: Values): void => {
    const next = waiting.shift();
    if (next === undefined) events.push(values);
    else next.resolve({ value: values, done: false });
  };
  const finish = (): Promise<IteratorResult<Values>> => {
    emitter.removeListener(name, onEvent);
    emitter.removeListener("error", fail);
    for (const each of close) emitter.removeListener(each, finish);
    signal?.removeEventListener("abort", onAbort);
    isOver = true;
    for (const next of waiting.splice(0)) next.resolve(done);
    return Promise.resolve(done);
  };
  const fail = (reason: unknown): void => {
    const next = waiting.shift();
    if (next === undefined) [error, hasFailed] = [reason, true];
    else next.reject(reason);
    void finish();
  };
  const onAbort = (): void => fail(abortError(signal!.reason));
  emitter.on(name, onEvent);
  if (name !== "error") emitter.on("error", fail);
  for (const each of close) emitter.on(each, finish);
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    next() {
      const values = events.shift();
      if (values !== undefined) return Promise.resolve({ value: values, done: false });
      if (hasFailed) {
        hasFailed = false;
        return Promise.reject(error as Error);
      }
      if (isOver) return Promise.resolve(done);
      const next = Promise.withResolvers<IteratorResult<Values>>();
      waiting.push(next);
      return next.promise;
    },
    return: finish,
    throw(reason) {
      fail(reason);
      return Promise.resolve(done);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Adds it to the class that the package exports. */
export function completeEvents(Class: object): void {
  const additions = {
    on,
    errorMonitor: Symbol("events.errorMonitor"),
    captureRejectionSymbol: Symbol.for("nodejs.rejection"),
    captureRejections: false,
    getEventListeners: (emitter: Emitter, name: string) => emitter.listeners(name),
    getMaxListeners: (emitter: Emitter) => emitter.getMaxListeners(),
    setMaxListeners(count: number, ...emitters: Emitter[]) {
      for (const emitter of emitters) emitter.setMaxListeners?.(count);
    },
    addAbortListener,
  };
  Object.assign(Class, additions);
}
