/**
 * `http`: servers and clients in the shape of Node's module, over any `net`.
 *
 * Read `server-connection.ts` for the way of a request, `outgoing-message.ts` for the way of an
 * answer, `client-connection.ts` and `agent.ts` for the other side. README.md says what differs
 * from Node.
 */
import { METHODS, STATUS_CODES } from "../../../components/http/mod.ts";
import { Agent as BaseAgent, type AgentOptions } from "./agent.ts";
import { callable } from "./callable.ts";
import { ClientRequest as BaseClientRequest, type ClientEnvironment } from "./client-request.ts";
import { validateHeaderName, validateHeaderValue } from "./header-fields.ts";
import { IncomingMessage } from "./incoming-message.ts";
import type { HttpNeeds, HttpSocket, UrlLike } from "./needs.ts";
import { OutgoingMessage as BaseOutgoingMessage } from "./outgoing-message.ts";
import type { RequestOptions } from "./request-options.ts";
import { HttpRuntime } from "./runtime.ts";
import type { ServerOptions } from "./server-options.ts";
import { ServerResponse as BaseServerResponse } from "./server-response.ts";
import type { ServerResponseClass } from "./server-settings.ts";
import {
  createServerClass,
  type HttpServer,
  type HttpServerClass,
  type RequestListener,
} from "./server.ts";

export type { Agent, AgentOptions } from "./agent.ts";
export type { ClientRequest } from "./client-request.ts";
export type {
  IncomingHttpHeaders,
  OutgoingHttpHeader,
  OutgoingHttpHeaders,
} from "./header-fields.ts";
export type { IncomingMessage } from "./incoming-message.ts";
export type { HttpNeeds, HttpNet, HttpSocket, NetServer, UrlLike } from "./needs.ts";
export type { OutgoingMessage } from "./outgoing-message.ts";
export type { AgentLike, RequestOptions } from "./request-options.ts";
export type { ServerOptions } from "./server-options.ts";
export type { ServerResponse } from "./server-response.ts";
export type { HttpServer, RequestListener } from "./server.ts";

export type ClientResponseListener = (response: IncomingMessage) => void;

/** `(url, options?, listener?)` or `(options, listener?)`. */
export interface RequestFunction {
  (url: string | UrlLike, listener?: ClientResponseListener): BaseClientRequest;
  (
    url: string | UrlLike,
    options: RequestOptions,
    listener?: ClientResponseListener,
  ): BaseClientRequest;
  (options: RequestOptions, listener?: ClientResponseListener): BaseClientRequest;
}

/** A listener whose parameters are of Node's types; what it is given has the same shape. */
export type ForeignListener = (request: never, response: never) => unknown;

/** The module `http` of one system. */
export interface Http {
  readonly METHODS: readonly string[];
  readonly STATUS_CODES: Readonly<Record<number, string>>;
  /** The largest head that is read when no option says otherwise, in bytes. */
  readonly maxHeaderSize: number;
  readonly globalAgent: BaseAgent;
  readonly Agent: new (options?: AgentOptions) => BaseAgent;
  readonly ClientRequest: new (...parameters: unknown[]) => BaseClientRequest;
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
  /** Starts a request, which `end()` completes. */
  readonly request: RequestFunction;
  /** Sends a request without a body. */
  readonly get: RequestFunction;
  validateHeaderName(name: string, label?: string): void;
  validateHeaderValue(name: string, value: unknown): void;
  /** Node's cache of parsers does not exist here: without effect. */
  setMaxIdleHTTPParsers(count: number): void;
}

/** How long a kept connection of the global agent may be idle, in milliseconds. */
const GLOBAL_AGENT_TIMEOUT_MS = 5_000;

/**
 * Makes the module `http` for one system.
 *
 * @param needs A `net` of Node's shape, and time.
 */
export function createHttp(needs: HttpNeeds): Http {
  const runtime = new HttpRuntime(needs);
  const prototype = { _runtime: { value: runtime } };

  class ServerResponse extends BaseServerResponse {}
  class ClientRequest extends BaseClientRequest {}
  class Agent extends BaseAgent {}
  for (const { prototype: target } of [ServerResponse, ClientRequest, Agent]) {
    Object.defineProperties(target, prototype);
  }
  const globalAgent = new Agent({
    keepAlive: true,
    scheduling: "lifo",
    timeout: GLOBAL_AGENT_TIMEOUT_MS,
  });
  const environment: ClientEnvironment = { runtime, globalAgent, makeAgent: () => new Agent() };
  Object.defineProperty(ClientRequest.prototype, "_environment", { value: environment });
  const Server = createServerClass(runtime, { IncomingMessage, ServerResponse });

  const request = (input: unknown, options?: unknown, listener?: unknown): BaseClientRequest =>
    new ClientRequest(input, options, listener);
  return {
    METHODS,
    get STATUS_CODES() {
      return Object.freeze(STATUS_CODES);
    },
    maxHeaderSize: runtime.maxHeaderSize,
    globalAgent,
    Agent: callable(Agent, 1),
    ClientRequest: callable(ClientRequest),
    IncomingMessage,
    OutgoingMessage: callable(BaseOutgoingMessage, 0),
    ServerResponse: callable(ServerResponse, 2),
    Server: callable(Server),
    createServer: (
      first?: ServerOptions | RequestListener | ForeignListener,
      second?: RequestListener | ForeignListener,
    ) => new Server(first as RequestListener, second as RequestListener),
    request,
    get: (input: unknown, options?: unknown, listener?: unknown): BaseClientRequest =>
      request(input, options, listener).end(),
    validateHeaderName,
    validateHeaderValue,
    setMaxIdleHTTPParsers: () => {},
  };
}
