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
import { HEAP_SCOPE } from "../../kernel/heap-state.ts";
import { rethrowLater } from "../shared/guard.ts";
import { isOutOfMemory } from "../shared/out-of-memory.ts";
import type { Waiter } from "./admission.ts";
import { parseFailed, requestTimeout } from "./errors.ts";
import { fillRequest, type IncomingMessage, type IncomingSource } from "./incoming-message.ts";
import { hasListeners } from "./listeners.ts";
import { answerTo } from "./refusals.ts";
import type { ResponseOwner, ServerResponse } from "./server-response.ts";
import type { ServerSettings, Waiting } from "./server-settings.ts";
import {
  hearSocket,
  leaveErrors,
  leaveSocket,
  type ServerSocket,
  type SocketOwner,
} from "./server-socket.ts";
import { WaitTimer, type WaitOwner } from "./wait-timer.ts";

export class ServerConnection
  implements MessageHandler, ResponseOwner, IncomingSource, SocketOwner, WaitOwner, Waiter
{
  readonly socket: ServerSocket;
  readonly #settings: ServerSettings;
  readonly #parser: MessageParser;
  readonly #timer: WaitTimer;
  #request: IncomingMessage | undefined;
  #response: ServerResponse | undefined;
  #requestCount = 0;
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
    this.#parser = new MessageParser("request", this, settings.parserOptions());
    this.#timer = new WaitTimer(settings, this);
    if (socket._consume === undefined) socket.on("data", this.#onData);
    else socket._consume(this.#onData);
    hearSocket(socket, this);
    if (settings.timeout > 0) socket.setTimeout?.(settings.timeout);
    this.#timer.waitFor("head");
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
    this.#timer.waitFor("request");
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
    const { heapState } = this.#settings.runtime;
    const scope = heapState[0]!;
    this.#isFeeding = true;
    let stopped = bytes.length;
    try {
      heapState[0] = HEAP_SCOPE.PEER;
      stopped = parser.feed(bytes);
    } catch (error) {
      heapState[0] = HEAP_SCOPE.SYSTEM;
      // The application threw from within the parser, which now stands in the middle of a message.
      parser.stop();
      this.socket.destroy();
      this.#threw(error);
    } finally {
      heapState[0] = scope;
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
        this.#timer.waitFor(parser.isInHead ? "head" : "request");
        // A peer that sends its head slowly keeps nobody waiting.
        if (this.#slot !== 0 && parser.isInHead) this.#leave();
        if (stopped < bytes.length) this.#feedWaitingLater();
      } else {
        this.#timer.waitFor(this.#request.complete ? "response" : "body");
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
    leaveErrors(socket);
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
    leaveSocket(socket);
    this.#settings.connections.delete(this);
    this.#leave();
    this.#request = undefined;
    request.complete = true;
    socket.readableFlowing = null;
    const head = Buffer.from(rest.buffer, rest.byteOffset, rest.length);
    this.#settings.emitHandOver(request, socket, head);
  }

  _expired(waiting: Waiting): void {
    if (waiting === "request") this.socket.destroy();
    else if (waiting === "head" || waiting === "body") this.#fail(requestTimeout());
  }
}
