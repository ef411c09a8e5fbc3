/**
 * What `http` needs: a `net` of Node's shape (ours, or `node:net` in tests), time, and a way to run
 * something after the current job.
 */
import type { EventEmitter } from "events";
import type { ByteHelpers, PacketMemory } from "../../hal/mod.ts";
import type { Timers } from "../../kernel/timers.ts";

/** As much of `net.Socket` as http uses. Any Duplex will do, with fewer of the optional parts. */
export interface HttpSocket extends EventEmitter {
  readonly destroyed: boolean;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly writableEnded: boolean;
  readonly writableLength: number;
  readonly writableNeedDrain: boolean;
  readonly writableHighWaterMark: number;
  readonly connecting?: boolean;
  readonly encrypted?: boolean;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  /** The time of `setTimeout`, in milliseconds. */
  readonly timeout?: number | undefined;
  readableFlowing?: boolean | null;
  /** The message that is being sent, as in Node. */
  _httpMessage?: unknown;
  /** Node: a socket with a parser belongs to an HTTP exchange. */
  parser?: unknown;
  write(data: string | Uint8Array, encoding?: string, callback?: WriteCallback): boolean;
  write(data: string | Uint8Array, callback?: WriteCallback): boolean;
  end(data?: string | Uint8Array, encoding?: string): unknown;
  cork(): void;
  uncork(): void;
  pause(): unknown;
  resume(): unknown;
  unshift?(chunk: Uint8Array): void;
  /** Hands what arrives to `take` in place of 'data', until `_release`. */
  _consume?(take: (bytes: Uint8Array) => void): void;
  _release?(): void;
  destroy(error?: Error): unknown;
  destroySoon?(): void;
  setTimeout?(milliseconds: number, callback?: () => void): unknown;
  setNoDelay?(noDelay?: boolean): unknown;
  setKeepAlive?(enable?: boolean, initialDelay?: number): unknown;
  ref?(): unknown;
  unref?(): unknown;
}

export type WriteCallback = (error?: Error | null) => void;

/** As much of `net.Server` as http builds on. */
export interface NetServer extends EventEmitter {
  readonly listening: boolean;
  listen(...parameters: unknown[]): this;
  close(callback?: (error?: Error) => void): this;
  address(): { address: string; family: string; port: number } | string | null;
  ref(): this;
  unref(): this;
}

export type NetServerClass = new (
  options?: Record<string, unknown>,
  listener?: (socket: HttpSocket) => void,
) => NetServer;

/** The part of the module `net`. */
export interface HttpNet {
  readonly Server: NetServerClass;
  connect(options: Record<string, unknown>, listener?: () => void): HttpSocket;
}

export interface HttpNeeds {
  /** The platform's helpers for bytes, where it has any. */
  readonly bytes?: ByteHelpers;
  /** Packet memory, whose size tells where memory is little (`admission.ts`). */
  readonly memory?: Pick<PacketMemory, "bytes">;
  /** Whether so little memory is left that exchanges take turns. */
  readonly isMemoryShort?: (() => boolean) | undefined;
  /** As `Kernel.heapState`, where there is one. */
  readonly heapState?: Uint8Array;
  readonly net: HttpNet;
  readonly timers: Timers;
  /** Microseconds since boot. */
  nowUs(): number;
  /** Microseconds since the Unix epoch, for `Date:`. */
  wallUs(): number;
  /** Runs `callback` once the running job's synchronous code has ended: a tick or a turn later. */
  defer(callback: () => void): void;
  /**
   * The class `URL` that reads a request's text. Default: the global one; where there is none,
   * requests take options and objects.
   */
  readonly URL?: new (text: string) => UrlLike;
  /** The largest head that is read, in bytes, when no option says otherwise. Default: 16,384. */
  readonly maxHeaderSize?: number;
}

/** As much of a `URL` as a request reads; any object of this shape is taken for one. */
export interface UrlLike {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: string | number;
  readonly pathname: string;
  readonly search: string;
  readonly href: string;
  readonly username?: string;
  readonly password?: string;
  readonly hash?: string;
}
