/** Node's `net` over our own TCP: `createNet` makes the module for one system. */
import { Buffer } from "buffer";
import type { LookupFunction } from "../dns/lookup.ts";
import type { TcpContext } from "../shared/context.ts";
import { validateBoolean, validateInt32 } from "../shared/errors.ts";
import { isIP, isIPv4, isIPv6 } from "../shared/ip-text.ts";
import { BlockList, SocketAddress } from "./block-list.ts";
import { FLOW_LIMITS } from "./flow.ts";
import {
  type FamilyDefaults,
  type NetConnectOptions,
  normalizeArguments,
  type ServerOptions,
  type SocketOptions,
} from "./options.ts";
import { Server as BaseServer } from "./server.ts";
import { Socket as BaseSocket } from "./socket.ts";
import type { AcceptedConnection } from "./types.ts";

export type { IpFamilyName, SocketAddressOptions } from "./block-list.ts";
export { BlockList, SocketAddress } from "./block-list.ts";
export { FLOW_LIMITS } from "./flow.ts";
export type {
  ConnectOptions,
  ListenOptions,
  NetConnectOptions,
  OnReadOptions,
  ServerOptions,
  SocketOptions,
} from "./options.ts";
export type { DropArgument } from "./server.ts";
export type { AddressInfo } from "./types.ts";
export type { BaseServer as NetServer, BaseSocket as NetSocket };

type ConnectionListener = (socket: BaseSocket) => void;

/** The module `net` of one system, with the shape of Node's. */
export interface Net {
  readonly Socket: new (options?: SocketOptions) => BaseSocket;
  readonly Stream: new (options?: SocketOptions) => BaseSocket;
  readonly Server: new (
    options?: ServerOptions | ConnectionListener | null,
    listener?: ConnectionListener,
  ) => BaseServer;
  readonly BlockList: typeof BlockList;
  readonly SocketAddress: typeof SocketAddress;
  /**
   * Makes a socket and starts to connect it. What goes wrong later is an `error` event.
   *
   * @param listener Added to `connect`.
   * @throws ERR_MISSING_ARGS, ERR_SOCKET_BAD_PORT, ERR_INVALID_ARG_TYPE, … as Node does.
   * @example
   * const socket = net.connect(7, "10.0.2.2", () => socket.end("hello"));
   * socket.on("data", (bytes) => console.log(String(bytes)));
   */
  connect(options: NetConnectOptions, listener?: () => void): BaseSocket;
  connect(port: number | string, host?: string, listener?: () => void): BaseSocket;
  connect(port: number | string, listener?: () => void): BaseSocket;
  createConnection: Net["connect"];
  /**
   * Makes a server that does not listen yet.
   *
   * @param listener Added to `connection`.
   * @example
   * const server = net.createServer((socket) => socket.pipe(socket));
   * server.listen(7, () => console.log(server.address()));
   */
  createServer(options?: ServerOptions | null, listener?: ConnectionListener): BaseServer;
  createServer(listener?: ConnectionListener): BaseServer;
  isIP(input: unknown): 0 | 4 | 6;
  isIPv4(input: unknown): boolean;
  isIPv6(input: unknown): boolean;
  getDefaultAutoSelectFamily(): boolean;
  setDefaultAutoSelectFamily(value: boolean): void;
  getDefaultAutoSelectFamilyAttemptTimeout(): number;
  setDefaultAutoSelectFamilyAttemptTimeout(milliseconds: number): void;
}

/**
 * Makes `net` for one system.
 *
 * @param lookup Names to addresses: `dns.lookup` of the same system, called anew for each name.
 */
export function createNet(context: TcpContext, lookup: LookupFunction): Net {
  const defaults: FamilyDefaults = { autoSelectFamily: true, attemptTimeoutMs: 250 };
  const scratch = Buffer.allocUnsafeSlow(FLOW_LIMITS.scratchBytes);
  const environment = { context, lookup, defaults, scratch };

  class Socket extends BaseSocket {
    constructor(options?: SocketOptions, accepted?: AcceptedConnection) {
      super(environment, options, accepted);
    }
  }

  class Server extends BaseServer {
    constructor(
      options?: ServerOptions | ConnectionListener | null,
      listener?: ConnectionListener,
    ) {
      const makeSocket = (settings: SocketOptions, accepted: AcceptedConnection): BaseSocket =>
        new Socket(settings, accepted);
      super(environment, makeSocket, options, listener);
    }
  }

  function connect(...list: unknown[]): BaseSocket {
    const [options, listener] = normalizeArguments(list);
    const socket = new Socket(options as NetConnectOptions);
    const { timeout } = options as NetConnectOptions;
    if (timeout) socket.setTimeout(timeout);
    return listener === undefined ? socket.connect(options) : socket.connect(options, listener);
  }

  return {
    Socket,
    Stream: Socket,
    Server,
    BlockList,
    SocketAddress,
    connect,
    createConnection: connect,
    createServer: (
      options?: ServerOptions | ConnectionListener | null,
      listener?: ConnectionListener,
    ) => new Server(options, listener),
    isIP,
    isIPv4,
    isIPv6,
    getDefaultAutoSelectFamily: () => defaults.autoSelectFamily,
    setDefaultAutoSelectFamily(value: boolean): void {
      validateBoolean(value, "value");
      defaults.autoSelectFamily = value;
    },
    getDefaultAutoSelectFamilyAttemptTimeout: () => defaults.attemptTimeoutMs,
    setDefaultAutoSelectFamilyAttemptTimeout(milliseconds: number): void {
      validateInt32(milliseconds, "value", 1);
      defaults.attemptTimeoutMs = Math.max(milliseconds, 10);
    },
  };
}
