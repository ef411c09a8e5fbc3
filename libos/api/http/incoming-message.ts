import type { MessageParser } from "../../../components/http/mod.ts";
import { setDefaults } from "./defaults.ts";
import { distinctFields, mergedFields, type IncomingHttpHeaders } from "./header-fields.ts";
import { connectionReset } from "./errors.ts";
import { isStreamInUse, LazyReadable } from "./lazy-readable.ts";
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
export class IncomingMessage extends LazyReadable {
  declare socket: HttpSocket;
  declare httpVersionMajor: number;
  declare httpVersionMinor: number;
  declare httpVersion: string;
  /** The whole message has been received and parsed. */
  declare complete: boolean;
  /** Names and values in turn, as they were sent. */
  declare rawHeaders: string[];
  declare _rawTrailers: string[] | undefined;
  declare joinDuplicateHeaders: boolean;
  declare aborted: boolean;
  declare upgrade: boolean | null;
  /** Requests only: the target, "/status?name=x". */
  declare url: string;
  declare method: string | null;
  /** Responses only. */
  declare statusCode: number | null;
  declare statusMessage: string | null;
  /** The request that a response answers. */
  declare req?: unknown;
  declare _source: IncomingSource | undefined;
  declare _headers: IncomingHttpHeaders | undefined;
  declare _headersDistinct: Record<string, string[]> | undefined;
  declare _trailers: IncomingHttpHeaders | undefined;
  declare _trailersDistinct: Record<string, string[]> | undefined;
  declare _wantsRead: boolean;
  declare _hasBody: boolean;
  declare _isDumped: boolean;
  /** Dumped, and nothing of it has been read. */
  declare _isAtRest: boolean;

  constructor(socket: HttpSocket) {
    super();
    // Here, and not where they are declared: initializers are a function of their own, to be called.
    this.socket = socket;
    this.rawHeaders = [];
  }

  /** As `rawHeaders`, for the fields behind the body. */
  get rawTrailers(): string[] {
    return (this._rawTrailers ??= []);
  }

  set rawTrailers(fields: string[]) {
    this._rawTrailers = fields;
  }

  /** Fields by name in lower case. */
  get headers(): IncomingHttpHeaders {
    return (this._headers ??= mergedFields(this.rawHeaders, this.joinDuplicateHeaders));
  }

  set headers(headers: IncomingHttpHeaders) {
    this._headers = headers;
  }

  /** Fields by name in lower case, every value on its own. */
  get headersDistinct(): Record<string, string[]> {
    return (this._headersDistinct ??= distinctFields(this.rawHeaders));
  }

  set headersDistinct(headers: Record<string, string[]>) {
    this._headersDistinct = headers;
  }

  get trailers(): IncomingHttpHeaders {
    return (this._trailers ??= mergedFields(this.rawTrailers, this.joinDuplicateHeaders));
  }

  set trailers(trailers: IncomingHttpHeaders) {
    this._trailers = trailers;
  }

  get trailersDistinct(): Record<string, string[]> {
    return (this._trailersDistinct ??= distinctFields(this.rawTrailers));
  }

  set trailersDistinct(trailers: Record<string, string[]>) {
    this._trailersDistinct = trailers;
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
    this._wantsRead = true;
    if (this.complete && !this._hasBody) this.push(null);
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
    if (this._isDumped || this.destroyed) return true;
    this._hasBody = true;
    return this.push(chunk);
  }

  /** The message is whole. */
  _complete(rawTrailers: readonly string[]): void {
    this.complete = true;
    if (rawTrailers.length > 0) this.rawTrailers = [...rawTrailers];
    if ((this._hasBody || this._wantsRead) && !this.destroyed) {
      this._hasBody = true;
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
    if (this._isDumped) return;
    this._isDumped = true;
    if (!this._hasBody && this.#isUnobserved()) {
      this._isAtRest = true;
      return;
    }
    this.removeAllListeners("data");
    this.resume();
  }

  /** Somebody looks after all: 'end' and 'close' come as if the stream had been set in motion. */
  override on(event: string | symbol, listener: (...values: never[]) => void): this {
    super.on(event as string, listener as (...values: unknown[]) => void);
    if (this._isAtRest && (event === "end" || event === "close")) {
      this._isAtRest = false;
      this.resume();
    }
    return this;
  }

  override addListener(event: string | symbol, listener: (...values: never[]) => void): this {
    return this.on(event, listener);
  }

  #isUnobserved(): boolean {
    if (!isStreamInUse(this)) return true;
    return (
      this.readableFlowing === null &&
      this.listenerCount("end") === 0 &&
      this.listenerCount("close") === 0
    );
  }

  static {
    setDefaults(this.prototype, {
      httpVersionMajor: 1,
      httpVersionMinor: 1,
      httpVersion: "1.1",
      complete: false,
      joinDuplicateHeaders: false,
      aborted: false,
      upgrade: null,
      url: "",
      method: null,
      statusCode: null,
      statusMessage: null,
      _rawTrailers: undefined,
      _source: undefined,
      _headers: undefined,
      _headersDistinct: undefined,
      _trailers: undefined,
      _trailersDistinct: undefined,
      _wantsRead: false,
      _hasBody: false,
      _isDumped: false,
      _isAtRest: false,
    });
  }
}

/**
 * Fills in what a request's head says.
 *
 * @param maxPairs The most entries of `rawHeaders` that it shows; 0: all.
 */
export function fillRequest(
  request: IncomingMessage,
  parser: MessageParser,
  maxPairs: number,
): void {
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
