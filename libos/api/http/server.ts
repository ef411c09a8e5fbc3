import type { Buffer } from "buffer";
import type { MessageParser, ParserOptions } from "../../../components/http/mod.ts";
import { validateInteger } from "../shared/errors.ts";
import { Admission } from "./admission.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import { onlyListener } from "./listeners.ts";
import type { HttpSocket, NetServer } from "./needs.ts";
import type { HttpRuntime } from "./runtime.ts";
import { ServerConnection } from "./server-connection.ts";
import { checkServerOptions, type ServerOptions } from "./server-options.ts";
import type { ServerResponse, ServerResponseOptions } from "./server-response.ts";
import type {
  IncomingMessageClass,
  ServerResponseClass,
  ServerSettings,
  Waiting,
} from "./server-settings.ts";

export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server: a `net.Server` with the event 'request'. Times are milliseconds, 0: no limit. */
export interface HttpServer extends NetServer {
  timeout: number;
  requestTimeout: number;
  headersTimeout: number;
  keepAliveTimeout: number;
  keepAliveTimeoutBuffer: number;
  /** How many fields a request shows; 0 or null: all that were taken. */
  maxHeadersCount: number | null;
  /** Requests on one connection; the last one is answered with `Connection: close`. */
  maxRequestsPerSocket: number | null;
  /** Answers a client that has closed its half of the connection; default false, as in Node. */
  httpAllowHalfOpen: boolean;
  setTimeout(milliseconds?: number | (() => void), callback?: (socket: HttpSocket) => void): this;
  /** Ends every connection at once. */
  closeAllConnections(): void;
  /** Ends the connections that are between two requests. */
  closeIdleConnections(): void;
}

export type HttpServerClass = new (
  options?: ServerOptions | RequestListener,
  listener?: RequestListener,
) => HttpServer;

/** The classes with which a system's servers make their objects. */
export interface ServerClasses {
  readonly IncomingMessage: IncomingMessageClass;
  readonly ServerResponse: ServerResponseClass;
}

const CONTINUE = /^100-continue$/i;

/** @returns The class `Server` of one system: a subclass of that system's `net.Server`. */
export function createServerClass(runtime: HttpRuntime, classes: ServerClasses): HttpServerClass {
  const { Server: Base } = runtime.needs.net;

  class Server extends Base implements HttpServer, ServerSettings {
    readonly runtime = runtime;
    readonly IncomingMessage: IncomingMessageClass;
    readonly ServerResponse: ServerResponseClass;
    readonly responseOptions: ServerResponseOptions;
    readonly joinDuplicateHeaders: boolean;
    readonly connections = new Set<ServerConnection>();
    readonly admission: Admission | undefined = Admission.for(runtime.needs);
    timeout = 0;
    requestTimeout: number;
    headersTimeout: number;
    keepAliveTimeout: number;
    keepAliveTimeoutBuffer: number;
    maxHeadersCount: number | null = null;
    maxRequestsPerSocket: number | null = 0;
    httpAllowHalfOpen = false;
    readonly maxHeaderSize: number | undefined;
    readonly #requiresHost: boolean;
    readonly #shouldUpgrade: ((request: IncomingMessage) => boolean) | undefined;
    #isClosing = false;

    constructor(first?: ServerOptions | RequestListener, second?: RequestListener) {
      const options = typeof first === "function" ? {} : (first ?? {});
      const listener = typeof first === "function" ? first : second;
      const checked = checkServerOptions(options);
      super({
        allowHalfOpen: true,
        noDelay: options.noDelay ?? true,
        keepAlive: options.keepAlive ?? false,
        keepAliveInitialDelay: options.keepAliveInitialDelay ?? 0,
        ...(options.highWaterMark === undefined ? {} : { highWaterMark: options.highWaterMark }),
      });
      this.IncomingMessage = options.IncomingMessage ?? classes.IncomingMessage;
      this.ServerResponse = options.ServerResponse ?? classes.ServerResponse;
      this.responseOptions = {
        rejectNonStandardBodyWrites: checked.rejectNonStandardBodyWrites,
      };
      this.requestTimeout = checked.requestTimeout;
      this.headersTimeout = checked.headersTimeout;
      this.keepAliveTimeout = checked.keepAliveTimeout;
      this.keepAliveTimeoutBuffer = checked.keepAliveTimeoutBuffer;
      this.joinDuplicateHeaders = checked.joinDuplicateHeaders;
      this.#requiresHost = checked.requireHostHeader;
      this.#shouldUpgrade = options.shouldUpgradeCallback as never;
      if (options.maxHeaderSize !== undefined) {
        validateInteger(options.maxHeaderSize, "maxHeaderSize", 0);
        this.maxHeaderSize = options.maxHeaderSize;
      }
      if (listener !== undefined) this.on("request", listener);
      this.on("connection", (socket: HttpSocket) => {
        this.connections.add(new ServerConnection(this, socket));
      });
      this.on("listening", () => {
        this.#isClosing = false;
      });
    }

    setTimeout(
      milliseconds: number | (() => void) = 0,
      callback?: (socket: HttpSocket) => void,
    ): this {
      if (typeof milliseconds === "function") {
        this.on("timeout", milliseconds);
      } else {
        this.timeout = milliseconds;
        if (callback !== undefined) this.on("timeout", callback);
      }
      return this;
    }

    override close(callback?: (error?: Error) => void): this {
      this.#isClosing = true;
      super.close(callback);
      this.closeIdleConnections();
      return this;
    }

    closeAllConnections(): void {
      for (const connection of this.connections) connection.destroy();
    }

    closeIdleConnections(): void {
      for (const connection of this.connections) if (connection.isIdle) connection.destroy();
    }

    timeLimitMs(waiting: Waiting): number {
      if (waiting === "request") {
        const { keepAliveTimeout } = this;
        return keepAliveTimeout === 0 ? 0 : keepAliveTimeout + this.keepAliveTimeoutBuffer;
      }
      return waiting === "head"
        ? shorter(this.headersTimeout, this.requestTimeout)
        : this.requestTimeout;
    }

    parserOptions(): ParserOptions {
      return runtime.parserOptions(this.maxHeaderSize || runtime.maxHeaderSize);
    }

    maxHeaderPairs(): number {
      return (this.maxHeadersCount ?? 0) * 2;
    }

    isClosing(): boolean {
      return this.#isClosing;
    }

    wantsHandOver(request: IncomingMessage): boolean {
      if (request.method === "CONNECT") return true;
      if (this.listenerCount("upgrade") === 0) return false;
      return this.#shouldUpgrade?.(request) ?? true;
    }

    emitHandOver(request: IncomingMessage, socket: HttpSocket, head: Buffer): void {
      const event = request.method === "CONNECT" ? "connect" : "upgrade";
      if (!this.emit(event, request, socket, head)) socket.destroy();
    }

    emitClientError(error: Error, socket: HttpSocket): boolean {
      return this.emit("clientError", error, socket);
    }

    emitTimeout(socket: HttpSocket): boolean {
      return this.emit("timeout", socket);
    }

    dispatch(
      request: IncomingMessage,
      response: ServerResponse,
      parser: MessageParser,
      requestCount: number,
    ): void {
      const limit = this.maxRequestsPerSocket ?? 0;
      if (limit > 0) {
        response.maxRequestsOnConnectionReached = requestCount >= limit;
        if (requestCount > limit) {
          this.emit("dropRequest", request, request.socket);
          response.writeHead(503);
          response.end();
          return;
        }
      }
      if (this.#requiresHost && !parser.hasHost && parser.versionMinor === 1) {
        response.writeHead(400, ["Connection", "close"]);
        response.end();
        return;
      }
      const expectation = parser.hasExpect ? request.headers["expect"] : undefined;
      if (expectation !== undefined) {
        this.#dispatchExpecting(request, response, `${expectation}`);
        return;
      }
      const listener = onlyListener(this, "request");
      if (listener !== undefined) listener.call(this, request, response);
      else this.emit("request", request, response);
    }

    /** RFC 9110 10.1.1: only 100-continue is known; the client waits for a word. */
    #dispatchExpecting(
      request: IncomingMessage,
      response: ServerResponse,
      expectation: string,
    ): void {
      if (!CONTINUE.test(expectation) || request.httpVersionMinor === 0) {
        if (request.httpVersionMinor === 0) {
          this.emit("request", request, response);
        } else if (!this.emit("checkExpectation", request, response)) {
          response.writeHead(417);
          response.end();
        }
        return;
      }
      response._expect_continue = true;
      if (this.emit("checkContinue", request, response)) return;
      response.writeContinue();
      this.emit("request", request, response);
    }
  }

  return Server;
}

/** The shorter of two limits of which 0 means none. */
function shorter(left: number, right: number): number {
  if (left === 0 || right === 0) return left + right;
  return Math.min(left, right);
}
