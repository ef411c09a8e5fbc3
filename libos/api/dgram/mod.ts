/** Node's `dgram` over our own UDP: `createDgram` makes the module for one system. */
import type { Buffer } from "buffer";
import type { LookupFunction } from "../dns/lookup.ts";
import { addAsyncDispose } from "../shared/async-dispose.ts";
import type { UdpContext } from "../shared/context.ts";
import { type DgramSocketOptions, type RemoteInfo, Socket as BaseSocket } from "./socket.ts";

export type { MessagePart, SendCallback } from "./send-arguments.ts";
export type { DgramAddress, DgramBindOptions, DgramSocketOptions, RemoteInfo } from "./socket.ts";
export { DGRAM_LIMITS } from "./socket.ts";
export type { BaseSocket as DgramSocket };

type MessageListener = (message: Buffer, remote: RemoteInfo) => void;

/** The module `dgram` of one system, with the shape of Node's. */
export interface Dgram {
  readonly Socket: new (
    type: DgramSocketOptions | "udp4" | "udp6",
    listener?: MessageListener,
  ) => BaseSocket;
  /**
   * Makes a socket that is not bound yet. `listener` is added to `message`.
   *
   * @throws ERR_SOCKET_BAD_TYPE, ERR_INVALID_ARG_TYPE.
   * @example
   * const socket = dgram.createSocket("udp4", (message) => console.log(String(message)));
   * socket.bind(9000);
   */
  createSocket(type: DgramSocketOptions | "udp4" | "udp6", listener?: MessageListener): BaseSocket;
}

/**
 * Makes `dgram` for one system.
 *
 * @param lookup Names to addresses: `dns.lookup` of the same system, called anew for each name.
 */
export function createDgram(context: UdpContext, lookup: LookupFunction): Dgram {
  class Socket extends BaseSocket {
    constructor(type: DgramSocketOptions | "udp4" | "udp6", listener?: MessageListener) {
      super(context, lookup, type, listener);
    }
  }
  return { Socket, createSocket: (type, listener) => new Socket(type, listener) };
}

addAsyncDispose(BaseSocket, (socket, done) => void socket.close(() => done()));
