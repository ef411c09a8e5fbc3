/**
 * Node's streams, for every module of the application's API: from `readable-stream`, so that the
 * same streams run on every engine.
 */
import type { DuplexOptions, ReadableOptions, WritableOptions } from "readable-stream";

export type { DuplexOptions, ReadableOptions, WritableOptions };
export { Duplex, Readable, Writable } from "readable-stream";
