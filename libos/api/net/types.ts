import type { Buffer } from "buffer";
import type { TcpConnection } from "../../../components/tcp/types.ts";
import type { LookupFunction } from "../dns/lookup.ts";
import type { TcpContext } from "../shared/context.ts";
import type { FamilyDefaults } from "./options.ts";

/** What every socket of one system shares. */
export interface SocketEnvironment {
  readonly context: TcpContext;
  readonly lookup: LookupFunction;
  readonly defaults: FamilyDefaults;
  /** Memory for a short text on its way to the send queue; nobody's across a call. */
  readonly scratch: Buffer;
}

/** The own end of a socket or a server. */
export interface AddressInfo {
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

/** A server counts its connections; a socket that it accepted says when it is gone. */
export interface AcceptingServer {
  forget(): void;
}

/** A connection that a server hands to a new socket. */
export interface AcceptedConnection {
  readonly connection: TcpConnection;
  readonly server: AcceptingServer;
  /** True for `pauseOnConnect`: nothing is read before `resume`. */
  readonly paused: boolean;
}
