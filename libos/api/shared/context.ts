/**
 * What the application's network API and timers need from a system. The composition in
 * `libos/system` fills it in once, each module with the part that it names; nothing else ties `net`, `dgram`, `dns` and `timers` to the
 * components below them.
 */
import type { NetworkLayer } from "../../../components/ip/mod.ts";
import type { Tcp } from "../../../components/tcp/types.ts";
import type { Udp } from "../../../components/udp/types.ts";
import type { ByteHelpers, Entropy, PacketMemory } from "../../hal/mod.ts";
import type { Timers } from "../../kernel/timers.ts";
import type { NameResolver } from "./resolver.ts";

/** Calls `callback(value)` when the running job's synchronous code has ended. */
export type NextTick = <Value>(callback: (value: Value) => void, value: Value) => void;

/** Time, memory and the turn: what every module of the API stands on. */
export interface CoreContext {
  readonly timers: Timers;
  readonly memory: PacketMemory;
  /** Where the platform has them natively. */
  readonly bytes?: ByteHelpers;
  readonly entropy: Entropy;
  /** As `Kernel.heapState`. */
  readonly heapState: Uint8Array;
  /** Microseconds since boot. */
  nowUs(): number;
  /** Microseconds since the Unix epoch. */
  wallUs(): number;
  /** Runs `callback` in a later turn of the kernel: never before the running job has ended. */
  defer(callback: () => void): void;
  /** Sees to a turn soon, so that what was queued outside of a turn is transmitted. */
  wake(): void;
  /**
   * Counts what keeps the system busy: a listening server, an open socket, a pending timer. A host
   * process lives while the count is above zero; a machine has no use for it.
   */
  hold?(): void;
  /** Takes back one `hold`. */
  release?(): void;
  /**
   * The queue in which the callbacks of streams wait. Where there is none, everything that is to be
   * called back in one order with them goes through a stream.
   */
  readonly nextTick?: NextTick;
}

/** A network layer with its addresses. */
export interface NetworkContext extends CoreContext {
  readonly network: NetworkLayer;
  /**
   * Calls back once the network has its addresses, or has given up waiting for them: at once when
   * that is so already.
   */
  whenConfigured(callback: () => void): void;
}

/** What `net` stands on. */
export interface TcpContext extends NetworkContext {
  readonly tcp: Tcp;
}

/** What `dgram` stands on. */
export interface UdpContext extends NetworkContext {
  readonly udp: Udp;
}

/** What `dns` stands on. */
export interface NamesContext extends NetworkContext {
  readonly resolver: NameResolver;
}

/** A system that has all of it. */
export interface ApiContext extends TcpContext, UdpContext, NamesContext {}
