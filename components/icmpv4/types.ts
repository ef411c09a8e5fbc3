import type { Address, NetworkErrorKind } from "../ip/mod.ts";

export interface PingOptions {
  readonly address: Address;
  /** Bytes of data, 0 .. 65,507. Default 56, as everybody's. */
  readonly dataBytes?: number;
  /** How long to wait for the answer. Default 5 s. */
  readonly timeoutUs?: number;
  /** 1 .. 255. Default 64. */
  readonly ttl?: number;
}

/** How an echo request ended. */
export type PingResult =
  | {
      readonly kind: "reply";
      readonly rttUs: number;
      readonly ttl: number;
      readonly dataBytes: number;
    }
  | { readonly kind: "timeout" }
  /** Somebody on the way says that it can't arrive. */
  | { readonly kind: "error"; readonly why: NetworkErrorKind }
  /** It was not sent: no route, no room, or too many at one time. */
  | { readonly kind: "not-sent"; readonly why: "no-route" | "full" | "too-many" | "too-big" };

/** Counters in the manner of RFC 4293. */
export interface Icmpv4Counters {
  messagesReceived: number;
  /** Too short, or about a packet that can't be ours. */
  badMessages: number;
  badChecksums: number;
  /** Of types that are not for a host, or that we do not obey (redirects). */
  ignoredMessages: number;
  echosReceived: number;
  echoRepliesSent: number;
  errorsReceived: number;
  errorsSent: number;
  /** Errors and replies that were not sent, since the rate was too high or there was no room. */
  suppressed: number;
}

/** What ICMP says for us to whoever sent a packet that can't be delivered. */
export type UnreachableKind = "net" | "host" | "port" | "prohibited";

/** The service of ICMP (RFC 792, RFC 1122 3.2.2). */
export interface Icmpv4 {
  readonly counters: Readonly<Icmpv4Counters>;
  /**
   * Sends an echo request.
   *
   * @param done Called once with what came of it, in a later turn or before `ping` returns
   *   ("not-sent"); never after the returned function was called.
   * @returns Cancels.
   */
  ping(options: PingOptions, done: (result: PingResult) => void): () => void;
  /**
   * Tells a sender that its packet can't be delivered, in the name of the packet's destination: for
   * a gateway that learns so later than it received the packet.
   *
   * @param packet The packet's IP header and what follows; the first 548 bytes are quoted.
   * @returns False where no error may be sent (RFC 1122 3.2.2), or at the rate's bound.
   */
  sendUnreachable(kind: UnreachableKind, packet: Uint8Array): boolean;
  stop(): void;
}
