/** The side of `http` that answers, and what both sides share. */
import { METHODS, STATUS_CODES } from "../../../components/http/mod.ts";
import { callable } from "./callable.ts";
import { validateHeaderName, validateHeaderValue } from "./header-fields.ts";
import { IncomingMessage } from "./incoming-message.ts";
import type { HttpSocket } from "./needs.ts";
import { OutgoingMessage as BaseOutgoingMessage } from "./outgoing-message.ts";
import type { HttpRuntime } from "./runtime.ts";
import type { ServerOptions } from "./server-options.ts";
import { ServerResponse as BaseServerResponse } from "./server-response.ts";
import type { ServerResponseClass } from "./server-settings.ts";
import {
  createServerClass,
  type HttpServer,
  type HttpServerClass,
  type RequestListener,
} from "./server.ts";

/** A listener whose parameters are of Node's types; what it is given has the same shape. */
export type ForeignListener = (request: never, response: never) => unknown;

/** What `http` has for who answers, and for both sides. */
export interface HttpServing {
  readonly METHODS: readonly string[];
  readonly STATUS_CODES: Readonly<Record<number, string>>;
  /** The largest head that is read when no option says otherwise, in bytes. */
  readonly maxHeaderSize: number;
  readonly IncomingMessage: new (socket: HttpSocket) => IncomingMessage;
  readonly OutgoingMessage: new () => BaseOutgoingMessage;
  readonly ServerResponse: ServerResponseClass;
  readonly Server: HttpServerClass;
  /**
   * Makes a server that is not listening yet.
   *
   * @example
   * http.createServer((request, response) => response.end("hello\n")).listen(80);
   */
  createServer(listener?: RequestListener): HttpServer;
  createServer(options: ServerOptions, listener?: RequestListener): HttpServer;
  /** With a listener that is typed for Node's module, such as an express application. */
  createServer(listener: ForeignListener): HttpServer;
  createServer(options: ServerOptions, listener: ForeignListener): HttpServer;
  validateHeaderName(name: string, label?: string): void;
  validateHeaderValue(name: string, value: unknown): void;
  /** Node's cache of parsers does not exist here: without effect. */
  setMaxIdleHTTPParsers(count: number): void;
}

/** Makes the servers of one system. */
export function createHttpServing(runtime: HttpRuntime): HttpServing {
  class ServerResponse extends BaseServerResponse {}
  Object.defineProperty(ServerResponse.prototype, "_runtime", { value: runtime });
  const Server = createServerClass(runtime, { IncomingMessage, ServerResponse });
  return {
    METHODS,
    get STATUS_CODES() {
      return Object.freeze(STATUS_CODES);
    },
    maxHeaderSize: runtime.maxHeaderSize,
    IncomingMessage,
    OutgoingMessage: callable(BaseOutgoingMessage, 0),
    ServerResponse: callable(ServerResponse, 2),
    Server: callable(Server),
    createServer: (
      first?: ServerOptions | RequestListener | ForeignListener,
      second?: RequestListener | ForeignListener,
    ) => new Server(first as RequestListener, second as RequestListener),
    validateHeaderName,
    validateHeaderValue,
    setMaxIdleHTTPParsers: () => {},
  };
}
