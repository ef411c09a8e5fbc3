import { Readable } from "../shared/stream.ts";
import { distinctFields, mergedFields, type IncomingHttpHeaders } from "./header-fields.ts";
import { connectionReset } from "./errors.ts";
import type { HttpSocket } from "./needs.ts";

/** What the connection behind a message does for it. */
export interface IncomingSource {
  /** The application wants more of the body. */
  readMore(message: IncomingMessage): void;
}

/**
 * A received message: a request at a server, a response at a client. Its body is the stream.
 *
 * A message without a body ends the first time that somebody reads; nothing is spent on streams
 * until then.
 */
export class IncomingMessage extends Readable {
  socket: HttpSocket;
  httpVersionMajor = 1;
  httpVersionMinor = 1;
  httpVersion = "1.1";
  /** The whole message has been received and parsed. */
  complete = false;
  /** Names and values in turn, as they were sent. */
  rawHeaders: string[] = [];
  rawTrailers: string[] = [];
  joinDuplicateHeaders = false;
  aborted = false;
  upgrade: boolean | null = null;
  /** Requests only: the target, "/status?name=x". */
  url = "";
  method: string | null = null;
  /** Responses only. */
  statusCode: number | null = null;
  statusMessage: string | null = null;
  /** The request that a response answers. */
  req?: unknown;
  _source: IncomingSource | undefined = undefined;
  #headers: IncomingHttpHeaders | undefined;
  #headersDistinct: Record<string, string[]> | undefined;
  #trailers: IncomingHttpHeaders | undefined;
  #trailersDistinct: Record<string, string[]> | undefined;
  #wantsRead = false;
  #hasBody = false;
  #isDumped = false;
  /** Dumped, and nothing of it has been read. */
  #isAtRest = false;

  constructor(socket: HttpSocket) {
    super();
    this.socket = socket;
  }

  /** Fields by name in lower case. */
  get headers(): IncomingHttpHeaders {
    return (this.#headers ??= mergedFields(this.rawHeaders, this.joinDuplicateHeaders));
  }

  set headers(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  /** Fields by name in lower case, every value on its own. */
  get headersDistinct(): Record<string, string[]> {
    return (this.#headersDistinct ??= distinctFields(this.rawHeaders));
  }

  set headersDistinct(headers: Record<string, string[]>) {
    this.#headersDistinct = headers;
  }

  get trailers(): IncomingHttpHeaders {
    return (this.#trailers ??= mergedFields(this.rawTrailers, this.joinDuplicateHeaders));
  }

  set trailers(trailers: IncomingHttpHeaders) {
    this.#trailers = trailers;
  }

  get trailersDistinct(): Record<string, string[]> {
    return (this.#trailersDistinct ??= distinctFields(this.rawTrailers));
  }

  set trailersDistinct(trailers: Record<string, string[]>) {
    this.#trailersDistinct = trailers;
  }

  /** The former name of `socket`. */
  get connection(): HttpSocket {
    return this.socket;
  }

  set connection(socket: HttpSocket) {
    this.socket = socket;
  }

  /** Calls back after so many milliseconds without traffic on the connection. */
  setTimeout(milliseconds: number, callback?: () => void): this {
    if (callback !== undefined) this.on("timeout", callback);
    this.socket.setTimeout?.(milliseconds);
    return this;
  }

  override _read(): void {
    this.#wantsRead = true;
    if (this.complete && !this.#hasBody) this.push(null);
    else this._source?.readMore(this);
  }

  /** A message that is cut off takes its connection with it. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.readableEnded || !this.complete) {
      this.aborted = true;
      this.emit("aborted");
    }
    if (this.aborted && !this.socket.destroyed) this.socket.destroy(error ?? undefined);
    const isHeard = error !== null && this.listenerCount("error") > 0;
    callback(isHeard ? error : null);
  }

  /**
   * Takes a part of the body.
   *
   * @returns False when the connection should pause until `readMore`.
   */
  _receive(chunk: Uint8Array): boolean {
    if (this.#isDumped || this.destroyed) return true;
    this.#hasBody = true;
    return this.push(chunk);
  }

  /** The message is whole. */
  _complete(rawTrailers: string[]): void {
    this.complete = true;
    this.rawTrailers = rawTrailers;
    if ((this.#hasBody || this.#wantsRead) && !this.destroyed) {
      this.#hasBody = true;
      this.push(null);
    }
  }

  /** The connection ended before the exchange did. */
  _abort(): void {
    if (!this.destroyed) this.destroy(connectionReset("aborted"));
  }

  /**
   * Nobody will read the rest: it is thrown away as it comes. Where nobody looks, the stream is not
   * set in motion for that: most requests have no body, and their handlers answer at once.
   */
  _dump(): void {
    if (this.#isDumped) return;
    this.#isDumped = true;
    if (!this.#hasBody && this.#isUnobserved()) {
      this.#isAtRest = true;
      return;
    }
    this.removeAllListeners("data");
    this.resume();
  }

  /** Somebody looks after all: 'end' and 'close' come as if the stream had been set in motion. */
  override on(event: string | symbol, listener: (...values: never[]) => void): this {
    super.on(event as string, listener as (...values: unknown[]) => void);
    if (this.#isAtRest && (event === "end" || event === "close")) {
      this.#isAtRest = false;
      this.resume();
    }
    return this;
  }

  override addListener(event: string | symbol, listener: (...values: never[]) => void): this {
    return this.on(event, listener);
  }

  #isUnobserved(): boolean {
    return (
      this.readableFlowing === null &&
      this.listenerCount("end") === 0 &&
      this.listenerCount("close") === 0
    );
  }
}
