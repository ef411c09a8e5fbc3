/**
 * One exchange on a client's socket: feeds the parser, makes the response, and says what becomes of
 * the socket afterwards. It listens on the socket from `onSocket` until the response is complete.
 */
import { Buffer } from "buffer";
import {
  MessageParser,
  type HeadAnswer,
  type MessageHandler,
} from "../../../components/http/mod.ts";
import { rethrowLater } from "../shared/guard.ts";
import type { ClientRequest } from "./client-request.ts";
import { connectionReset, parseFailed } from "./errors.ts";
import { IncomingMessage, type IncomingSource } from "./incoming-message.ts";
import type { HttpSocket } from "./needs.ts";

/** What an interim response (1xx) tells the application. */
export interface InformationEvent {
  readonly statusCode: number;
  readonly statusMessage: string;
  readonly httpVersion: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: string[];
}

export class ClientConnection implements MessageHandler, IncomingSource {
  readonly #request: ClientRequest;
  readonly #socket: HttpSocket;
  readonly #parser: MessageParser;
  #response: IncomingMessage | undefined;
  #hasFailed = false;
  #isDetached = false;
  #isHandOver = false;
  #isPaused = false;

  constructor(request: ClientRequest, socket: HttpSocket, maxHeaderBytes: number) {
    this.#request = request;
    this.#socket = socket;
    const options = request._runtime.parserOptions(maxHeaderBytes);
    this.#parser = new MessageParser("response", this, options);
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("drain", this.#onDrain);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  onHead(parser: MessageParser): HeadAnswer {
    const request = this.#request;
    const { statusCode } = parser;
    const isUpgrade = statusCode === 101 && parser.isUpgrade;
    if (request.method === "CONNECT" || isUpgrade) {
      this.#response = this.#makeResponse(parser);
      this.#response.upgrade = true;
      this.#isHandOver = true;
      return "hand-over";
    }
    if (statusCode < 200) {
      this.#inform(parser);
      return "no-body";
    }
    const response = this.#makeResponse(parser);
    this.#response = response;
    request.res = response;
    if (!parser.keepsAlive) request.shouldKeepAlive = false;
    const isBodyless = request.method === "HEAD" || statusCode === 204 || statusCode === 304;
    if (!isBodyless && parser.contentLength < 0 && !parser.isChunked) {
      request.shouldKeepAlive = false;
    }
    response.on("end", this.#onResponseEnd);
    if (request.aborted || !request.emit("response", response)) response._dump();
    return request.method === "HEAD" ? "no-body" : "body";
  }

  onBody(bytes: Uint8Array, start: number, end: number): void {
    const isWhole = start === 0 && end === bytes.length;
    const part = isWhole ? bytes : bytes.subarray(start, end);
    if (this.#response?._receive(part) === false && !this.#isPaused) {
      this.#isPaused = true;
      this.#socket.pause();
    }
  }

  onComplete(parser: MessageParser): void {
    const response = this.#response;
    if (response === undefined) return;
    // The listeners go first: what the application does in 'end' may reuse the socket. And nothing
    // behind the answer is read: it could be taken for the next one.
    this.#parser.stop();
    this.#stopReading();
    response._complete(parser.rawTrailers);
  }

  readMore(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  /** The request has been sent; with the response received as well, the socket is free. */
  requestFinished(): void {
    if (this.#request._responseEnded && this.#request.shouldKeepAlive) this.#release();
  }

  readonly #onData = (chunk: Uint8Array): void => {
    const parser = this.#parser;
    let stopped = chunk.length;
    try {
      stopped = parser.feed(chunk);
    } catch (error) {
      parser.stop();
      this.#socket.destroy();
      rethrowLater(this.#request._runtime, error);
    }
    if (parser.error !== undefined) {
      this.#hasFailed = true;
      this.#stopReading();
      this.#socket.destroy();
      this.#request._fail(parseFailed(parser.error, stopped, chunk));
    } else if (this.#isHandOver) {
      this.#handOver(chunk.subarray(stopped));
    } else if (stopped < chunk.length && !this.#socket.destroyed) {
      // Bytes that nobody asked for: the connection is not to be trusted with another request.
      this.#request.shouldKeepAlive = false;
    }
  };

  readonly #onEnd = (): void => {
    this.#failWithoutResponse();
    this.#parser.finish();
    this.#socket.end();
  };

  readonly #onDrain = (): void => {
    this.#request._drained();
  };

  readonly #onError = (error: Error): void => {
    const isFirst = !this.#hasFailed;
    this.#hasFailed = true;
    if (isFirst) this.#request._fail(error);
    this.#parser.stop();
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    const request = this.#request;
    this.#parser.finish();
    this.#detach();
    request.destroyed = true;
    const response = this.#response;
    if (response === undefined) {
      this.#failWithoutResponse();
      request._close();
      return;
    }
    if (!response.complete) response.destroy(connectionReset("aborted"));
    request._close();
  };

  /** The response has been read to its end. */
  readonly #onResponseEnd = (): void => {
    const request = this.#request;
    request._responseEnded = true;
    if (!request.shouldKeepAlive) {
      if (this.#socket.writable) {
        if (this.#socket.destroySoon !== undefined) this.#socket.destroySoon();
        else this.#socket.end();
      }
    } else if (request.writableFinished && !this.#response!.aborted) {
      this.#release();
    }
  };

  #failWithoutResponse(): void {
    if (this.#response !== undefined || this.#hasFailed) return;
    this.#hasFailed = true;
    this.#request._fail(this.#request._reason ?? connectionReset("socket hang up"));
  }

  #makeResponse(parser: MessageParser): IncomingMessage {
    const response = new IncomingMessage(this.#socket);
    response.statusCode = parser.statusCode;
    response.statusMessage = parser.reason;
    response.rawHeaders = this.#request._limitHeaders(parser.rawHeaders);
    response.httpVersionMinor = parser.versionMinor;
    response.httpVersion = `1.${parser.versionMinor}`;
    response.joinDuplicateHeaders = this.#request.joinDuplicateHeaders;
    response.req = this.#request;
    response._source = this;
    return response;
  }

  #inform(parser: MessageParser): void {
    const request = this.#request;
    if (parser.statusCode === 100) request.emit("continue");
    const interim = this.#makeResponse(parser);
    const information: InformationEvent = {
      statusCode: parser.statusCode,
      statusMessage: parser.reason,
      httpVersion: interim.httpVersion,
      httpVersionMajor: 1,
      httpVersionMinor: parser.versionMinor,
      headers: interim.headers,
      rawHeaders: interim.rawHeaders,
    };
    request.emit("information", information);
  }

  /** CONNECT was answered, or an upgrade accepted: the socket is the application's. */
  #handOver(rest: Uint8Array): void {
    const request = this.#request;
    const socket = this.#socket;
    const response = this.#response!;
    this.#stopReading();
    this.#detach();
    request.res = response;
    const event = request.method === "CONNECT" ? "connect" : "upgrade";
    if (request.listenerCount(event) === 0) {
      socket.destroy();
      request.destroyed = true;
      request._close();
      return;
    }
    request.upgradeOrConnect = true;
    response.complete = true;
    socket.emit("agentRemove");
    socket._httpMessage = null;
    socket.readableFlowing = null;
    if (request.timeout !== undefined) socket.setTimeout?.(0);
    request.emit(event, response, socket, Buffer.from(rest.buffer, rest.byteOffset, rest.length));
    request.destroyed = true;
    request._close();
  }

  /** Gives the socket back: to the agent, for the next request. */
  #release(): void {
    const request = this.#request;
    const socket = this.#socket;
    if (this.#isDetached) return;
    this.#detach();
    request._clearSocketTimeout();
    request.destroyed = true;
    // A response that is destroyed later must not take the freed socket with it.
    const response = this.#response;
    if (response !== undefined) response.socket = null as unknown as HttpSocket;
    request._runtime.defer(() => {
      request._close();
      socket.emit("free");
    });
  }

  #stopReading(): void {
    this.#socket.removeListener("data", this.#onData);
    this.#socket.removeListener("end", this.#onEnd);
    this.#socket.removeListener("drain", this.#onDrain);
  }

  #detach(): void {
    this.#isDetached = true;
    this.#stopReading();
    this.#socket.removeListener("error", this.#onError);
    this.#socket.removeListener("close", this.#onClose);
  }
}
