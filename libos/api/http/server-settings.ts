import type { Buffer } from "buffer";
import type { MessageParser, ParserOptions } from "../../../components/http/mod.ts";
import type { Admission } from "./admission.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import type { HttpSocket } from "./needs.ts";
import type { HttpRuntime } from "./runtime.ts";
import type { ServerConnection } from "./server-connection.ts";
import type { ServerResponse, ServerResponseOptions } from "./server-response.ts";

export type IncomingMessageClass = new (socket: HttpSocket) => IncomingMessage;

export type ServerResponseClass = new (
  request: IncomingMessage,
  options?: ServerResponseOptions,
) => ServerResponse;

/** What a connection is waiting for; each has its own time limit. */
export type Waiting = "request" | "head" | "body" | "response" | "nothing";

/** What a connection asks of its server. Times are milliseconds; 0 means no limit. */
export interface ServerSettings {
  readonly runtime: HttpRuntime;
  readonly IncomingMessage: IncomingMessageClass;
  readonly ServerResponse: ServerResponseClass;
  readonly responseOptions: ServerResponseOptions;
  readonly connections: Set<ServerConnection>;
  /** Where memory is little. */
  readonly admission: Admission | undefined;
  readonly joinDuplicateHeaders: boolean;
  readonly timeout: number;
  readonly keepAliveTimeout: number;
  readonly maxRequestsPerSocket: number | null;
  readonly httpAllowHalfOpen: boolean;
  /** How long a connection may wait. "request": it is idle between two of them. */
  timeLimitMs(waiting: Waiting): number;
  parserOptions(): ParserOptions;
  /** How many entries of `rawHeaders` a request shows; 0: all. */
  maxHeaderPairs(): number;
  isClosing(): boolean;
  /** True when somebody takes the connection over: CONNECT, or an upgrade. */
  wantsHandOver(request: IncomingMessage): boolean;
  emitHandOver(request: IncomingMessage, socket: HttpSocket, head: Buffer): void;
  /** Gives a new exchange to the application, or refuses it by itself. */
  dispatch(
    request: IncomingMessage,
    response: ServerResponse,
    parser: MessageParser,
    requestCount: number,
  ): void;
  /** @returns True when somebody listens. */
  emitClientError(error: Error, socket: HttpSocket): boolean;
  emitTimeout(socket: HttpSocket): boolean;
}
