/**
 * One connection of a server: feeds its bytes to the parser, makes request and response objects, and
 * decides what becomes of the connection after each exchange.
 *
 * What always holds: one exchange at a time. A pipelined request waits, unparsed, until the response
 * before it has ended; while bytes wait, the socket is paused. So a peer can't make us queue work.
 */
import { Buffer } from "buffer";
import {
  MessageParser,
  type HeadAnswer,
  type MessageHandler,
} from "../../../components/http/mod.ts";
import type { TimerEntry } from "../../kernel/timers.ts";
import { rethrowLater } from "../shared/guard.ts";
import { isOutOfMemory } from "../shared/out-of-memory.ts";
import { hasListeners } from "./callable.ts";
import type { Waiter } from "./admission.ts";
import { parseFailed, requestTimeout } from "./errors.ts";
import { IncomingMessage, type IncomingSource } from "./incoming-message.ts";
import type { HttpSocket } from "./needs.ts";
import { answerTo } from "./refusals.ts";
import type { ResponseOwner, ServerResponse } from "./server-response.ts";
import type { ServerSettings } from "./server-settings.ts";

const MS_US = 1_000;

/** What a connection is waiting for; each has its own time limit. */
type Waiting = "request" | "head" | "body" | "response" | "nothing";

export class ServerConnection implements MessageHandler, ResponseOwner, IncomingSource, Waiter {
  readonly socket: ServerSocket;
  readonly #settings: ServerSettings;
  readonly #parser: MessageParser;
  readonly #timer: TimerEntry;
  #request: IncomingMessage | undefined;
  #response: ServerResponse | undefined;
  #requestCount = 0;
  #waiting: Waiting = "request";
  #requestStartedUs = 0;
  /** What was received while a request was under way, or paused. */
  #waitingBytes: Uint8Array | undefined;
  /** The peer has ended, behind bytes that wait. */
  #endWaits = false;
  #isSocketPaused = false;
  #isFeeding = false;
  #isHandedOver = false;
  #isClosed = false;
  /** A response said `Connection: close`. */
  #isLast = false;
  #hasFailed = false;
  /** What the server's admission gave, until the exchange is through; 0: nothing. */
  #slot = 0;
  /** With little memory: the last response waits for the socket, and the next request for that. */
  #isUnsent = false;

  constructor(settings: ServerSettings, socket: ServerSocket) {
    this.#settings = settings;
    this.socket = socket;
    const { runtime } = settings;
    this.#parser = new MessageParser("request", this, settings.parserOptions());
    this.#timer = runtime.needs.timers.create(expire, this);
    if (socket._consume === undefined) socket.on("data", this.#onData);
    else socket._consume(this.#onData);
    socket._serverConnection = this;
    socket.on("end", onEnd);
    socket.on("close", onClose);
    socket.on("drain", onDrain);
    socket.on("error", onError);
    socket.on("timeout", onTimeout);
    if (settings.timeout > 0) socket.setTimeout?.(settings.timeout);
    this.#waiting = "nothing";
    this.#updateTimer("head");
  }

  /** Between two requests, with nothing received of the next one. */
  get isIdle(): boolean {
    return (
      this.#response === undefined &&
      this.#request === undefined &&
      this.#requestCount > 0 &&
      this.#parser.isBetweenMessages
    );
  }

  onHead(parser: MessageParser): HeadAnswer {
    const settings = this.#settings;
    const { socket } = this;
    const request = new settings.IncomingMessage(socket);
    fillRequest(request, parser, settings.maxHeaderPairs());
    request._source = this;
    if (settings.joinDuplicateHeaders) request.joinDuplicateHeaders = true;
    const count = ++this.#requestCount;
    if (parser.isUpgrade || parser.method === "CONNECT") {
      if (settings.wantsHandOver(request)) {
        request.upgrade = true;
        this.#request = request;
        return "hand-over";
      }
      request.upgrade = false;
    }
    const response = new settings.ServerResponse(request, settings.responseOptions);
    response._owner = this;
    if (!parser.keepsAlive) response.shouldKeepAlive = false;
    response._keepAliveTimeout = settings.keepAliveTimeout;
    const maxRequests = settings.maxRequestsPerSocket ?? 0;
    if (maxRequests !== 0) response._maxRequestsPerSocket = maxRequests;
    this.#request = request;
    this.#response = response;
    response.assignSocket(socket);
    try {
      settings.dispatch(request, response, parser, count);
    } catch (error) {
      this.#threw(error);
    }
    return "body";
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    const request = this.#request;
    if (request === undefined) return;
    const whole = start === 0 && end === bytes.length;
    if (!request._receive(whole ? bytes : bytes.subarray(start, end))) this.#pauseSocket();
  }

  onComplete(parser: MessageParser): void {
    const request = this.#request;
    if (request === undefined) return;
    request._complete(parser.rawTrailers);
    if (this.#response === undefined) this.#exchangeDone();
    else parser.pause();
  }

  readMore(message: IncomingMessage): void {
    if (message !== this.#request || !this.#isSocketPaused || message.complete) return;
    this.#resumeSocket();
  }

  responseEnded(response: ServerResponse): void {
    if (response !== this.#response) return;
    const request = this.#request!;
    this.#response = undefined;
    this.#isLast = response._last || !response.shouldKeepAlive || this.#isLast;
    request._dump();
    if (this.#isLast) this.#closeGracefully();
    if (request.complete) this.#exchangeDone();
    else if (this.#isSocketPaused) this.#resumeSocket();
  }

  responseFinished(response: ServerResponse): void {
    response.detachSocket(this.socket);
    if (this.#slot !== 0 && this.#response === undefined) {
      this.#leave();
      this.#isUnsent = false;
      if (this.#request === undefined) this.#goOn();
    }
    if (!hasListeners(response)) response._close();
    else this.#settings.runtime.defer(() => this.#closeResponse(response));
  }

  /** With little memory its fields do not wait, with the listeners' cycles, for a collection. */
  #closeResponse(response: ServerResponse): void {
    response._close();
    if (this.#settings.admission !== undefined) response._entries = undefined;
  }

  /** Ends the connection at once. */
  destroy(error?: Error): void {
    this.socket.destroy(error);
  }

  /** Takes the next request, when the one before is through in both directions. */
  #exchangeDone(): void {
    this.#request = undefined;
    const { socket } = this;
    if (!this.#isLast && this.#settings.isClosing()) {
      this.#isLast = true;
      this.#closeGracefully();
    }
    if (this.#isLast) {
      this.#parser.stop();
      return;
    }
    this.#parser.forget();
    // The next response must not find the one before on the socket, even if 'finish' is to come.
    socket._httpMessage = null;
    // With little memory the next one waits until nothing of the response is left here.
    this.#isUnsent = this.#slot !== 0;
    if (socket.writableNeedDrain || this.#isUnsent) this.#parser.pause();
    else this.#parser.resume();
    if (this.#isFeeding) return;
    this.#updateTimer("request");
    if (this.#waitingBytes !== undefined) this.#feedWaitingLater();
    else this.#resumeSocket();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    if (this.#isFeeding || this.#waitingBytes !== undefined || this.#mustWait()) {
      this.#keep(chunk, 0);
    } else {
      this.#feed(chunk);
    }
  };

  /** Whether the exchange that begins must wait for memory; `admitted` follows. */
  #mustWait(): boolean {
    const { admission } = this.#settings;
    if (admission === undefined || this.#slot !== 0 || this.#request !== undefined) return false;
    this.#slot = admission.enter(this);
    return this.#slot === 0;
  }

  /** The exchange for which bytes wait may begin. */
  admitted(slot: number): void {
    this.#slot = slot;
    this.#feedWaitingLater();
  }

  #leave(): void {
    const slot = this.#slot;
    this.#slot = 0;
    if (slot !== 0) this.#settings.admission?.ended(slot);
  }

  #feed(bytes: Uint8Array): void {
    const parser = this.#parser;
    this.#isFeeding = true;
    let stopped = bytes.length;
    try {
      stopped = parser.feed(bytes);
    } catch (error) {
      // The application threw from within the parser, which now stands in the middle of a message.
      parser.stop();
      this.socket.destroy();
      if (!isOutOfMemory(error)) rethrowLater(this.#settings.runtime, error);
    }
    this.#isFeeding = false;
    if (parser.error !== undefined) {
      // Behind the last answer nothing that comes is of interest.
      if (!this.#isLast) this.#fail(parseFailed(parser.error, stopped, bytes));
    } else if (this.#request?.upgrade === true) {
      this.#handOver(bytes.subarray(stopped));
    } else if (!this.#isClosed && !this.#isLast) {
      if (stopped < bytes.length) this.#keep(bytes, stopped);
      if (this.#request === undefined) {
        this.#updateTimer(parser.isInHead ? "head" : "request");
        // A peer that sends its head slowly keeps nobody waiting.
        if (this.#slot !== 0 && parser.isInHead) this.#leave();
        if (stopped < bytes.length) this.#feedWaitingLater();
      } else {
        this.#updateTimer(this.#request.complete ? "response" : "body");
      }
    }
  }

  /** Something was thrown by the application; where memory ran out, its exchange ends for the others. */
  #threw(error: unknown): void {
    if (isOutOfMemory(error)) this.socket.destroy();
    else rethrowLater(this.#settings.runtime, error);
  }

  /** Keeps what can't be parsed yet, and stops reading. */
  #keep(bytes: Uint8Array, from: number): void {
    if (this.#isLast) return;
    const rest = bytes.subarray(from);
    const before = this.#waitingBytes;
    this.#waitingBytes = before === undefined ? rest : Buffer.concat([before, rest]);
    this.#pauseSocket();
  }

  #feedWaitingLater(): void {
    this.#settings.runtime.defer(() => {
      const bytes = this.#waitingBytes;
      if (bytes === undefined || this.#isFeeding || this.#isClosed) return;
      if (this.#request !== undefined || this.#isUnsent) return;
      if (this.socket.writableNeedDrain || this.#mustWait()) return;
      this.#waitingBytes = undefined;
      this.#feed(bytes);
      if (this.#waitingBytes !== undefined) return;
      if (this.#endWaits) this._ended();
      else this.#resumeSocket();
    });
  }

  #pauseSocket(): void {
    if (this.#isSocketPaused) return;
    this.#isSocketPaused = true;
    this.socket.pause();
  }

  #resumeSocket(): void {
    if (!this.#isSocketPaused || this.#isHandedOver || this.#waitingBytes !== undefined) return;
    this.#isSocketPaused = false;
    this.socket.resume();
  }

  _drained(): void {
    this.#response?._drained();
    if (this.#request === undefined) this.#goOn();
  }

  /** The next request may be parsed. */
  #goOn(): void {
    if (this.#isLast || this.#isClosed) return;
    this.#parser.resume();
    if (this.#waitingBytes !== undefined) this.#feedWaitingLater();
  }

  /**
   * In a later turn: a FIN often comes in one batch with the request before it, and what that has
   * set in motion (the request's `end`, the answer that is given then) comes first.
   */
  _ended(): void {
    this.#settings.runtime.defer(() => this.#endNow());
  }

  #endNow(): void {
    if (this.#hasFailed || this.#isClosed || this.#isHandedOver) return;
    if (this.#waitingBytes !== undefined) {
      this.#endWaits = true;
      return;
    }
    const error = this.#parser.finish();
    if (error !== undefined && !this.#isLast) {
      this.#fail(parseFailed(error, 0, new Uint8Array(0)));
    } else if (this.#response !== undefined && this.#settings.httpAllowHalfOpen) {
      this.#response._last = true;
    } else {
      this.#abortExchange();
      this.socket.end();
    }
  }

  #abortExchange(): void {
    if (this.#response !== undefined) this.#request?._abort();
    else this.#request?.destroy();
  }

  _closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parser.stop();
    this.#timer.cancel();
    this.#waitingBytes = undefined;
    this.#abortExchange();
    const response = this.#response;
    if (response !== undefined) response._close();
    this.#settings.connections.delete(this);
    this.#settings.admission?.forget(this);
    this.#leave();
  }

  _failed(error: Error): void {
    this.#fail(error);
  }

  _timedOut(): void {
    const request = this.#request;
    const isTaken =
      (request !== undefined && !request.complete && request.emit("timeout", this.socket)) ||
      (this.#response?.emit("timeout", this.socket) ?? false) ||
      this.#settings.emitTimeout(this.socket);
    if (!isTaken) this.socket.destroy();
  }

  /** Tells the application that the connection is of no use, or answers by itself. */
  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#parser.stop();
    this.#timer.cancel();
    const { socket } = this;
    socket.removeListener("error", onError);
    if (socket.listenerCount("error") === 0) socket.on("error", ignore);
    if (this.#settings.emitClientError(error, socket)) return;
    const isUnanswered = this.#response === undefined || this.#response._header === null;
    if (socket.writable && isUnanswered) socket.write(answerTo(error), "latin1");
    if (socket.destroySoon !== undefined && socket.writable) socket.destroySoon();
    else socket.destroy(error);
  }

  #closeGracefully(): void {
    this.#timer.cancel();
    if (this.socket.destroySoon !== undefined) this.socket.destroySoon();
    else this.socket.end();
  }

  /** Leaves the socket to the application, with what was received behind the head. */
  #handOver(rest: Uint8Array): void {
    const { socket } = this;
    const request = this.#request!;
    this.#isHandedOver = true;
    this.#timer.cancel();
    socket._release?.();
    socket.removeListener("data", this.#onData);
    socket.removeListener("end", onEnd);
    socket.removeListener("close", onClose);
    socket.removeListener("drain", onDrain);
    socket.removeListener("error", onError);
    socket.removeListener("timeout", onTimeout);
    socket._serverConnection = undefined;
    this.#settings.connections.delete(this);
    this.#leave();
    this.#request = undefined;
    request.complete = true;
    socket.readableFlowing = null;
    const head = Buffer.from(rest.buffer, rest.byteOffset, rest.length);
    this.#settings.emitHandOver(request, socket, head);
  }

  /** Sets the time limit of what the connection waits for. */
  #updateTimer(waiting: Waiting): void {
    const settings = this.#settings;
    const isStart = waiting !== this.#waiting && (waiting === "head" || waiting === "request");
    this.#waiting = waiting;
    if (waiting === "response") {
      this.#timer.cancel();
      return;
    }
    const nowUs = settings.runtime.needs.nowUs();
    if (isStart || waiting === "request") this.#requestStartedUs = nowUs;
    const limitMs =
      waiting === "request"
        ? settings.idleTimeoutMs()
        : waiting === "head"
          ? shorter(settings.headersTimeout, settings.requestTimeout)
          : settings.requestTimeout;
    if (limitMs > 0) this.#timer.set(this.#requestStartedUs + limitMs * MS_US);
    else this.#timer.cancel();
  }

  /** The time limit of what the connection waits for has passed. */
  expired(): void {
    if (this.#waiting === "request") this.socket.destroy();
    else if (this.#waiting === "head" || this.#waiting === "body") this.#fail(requestTimeout());
  }
}

// The socket's listeners are the same functions for all connections: closures of its own would take
// each connection a kilobyte in an image.
interface ServerSocket extends HttpSocket {
  _serverConnection?: ServerConnection | undefined;
}

function onEnd(this: ServerSocket): void {
  this._serverConnection?._ended();
}

function onClose(this: ServerSocket): void {
  this._serverConnection?._closed();
}

function onDrain(this: ServerSocket): void {
  this._serverConnection?._drained();
}

function onError(this: ServerSocket, error: Error): void {
  this._serverConnection?._failed(error);
}

function onTimeout(this: ServerSocket): void {
  this._serverConnection?._timedOut();
}

function expire(connection: ServerConnection): void {
  connection.expired();
}

function ignore(): void {}

/** The shorter of two limits of which 0 means none. */
function shorter(left: number, right: number): number {
  if (left === 0 || right === 0) return left + right;
  return Math.min(left, right);
}

function fillRequest(request: IncomingMessage, parser: MessageParser, maxPairs: number): void {
  request.method = parser.method;
  request.url = parser.target;
  request.rawHeaders =
    maxPairs > 0 && parser.rawHeaders.length > maxPairs
      ? parser.rawHeaders.slice(0, maxPairs)
      : parser.rawHeaders;
  if (parser.versionMinor === 0) {
    request.httpVersionMinor = 0;
    request.httpVersion = "1.0";
  }
}
