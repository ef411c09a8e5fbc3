/**
 * How a message to send is framed: its head is put together from its fields and from what they leave
 * open, and with it is decided where the body ends and whether the connection stays.
 */
import { setDefaults } from "./defaults.ts";
import { trailerInvalid } from "./errors.ts";
import { OutgoingHead, SEEN } from "./outgoing-head.ts";
import { OutgoingHeaders } from "./outgoing-headers.ts";
import type { HttpRuntime } from "./runtime.ts";

/** Fields to send: an object, a flat list of names and values, or a list of pairs. */
export type HeaderSource = Readonly<Record<string, unknown>> | readonly unknown[];

export class OutgoingFraming extends OutgoingHeaders {
  declare readonly _runtime: HttpRuntime;
  declare chunkedEncoding: boolean;
  declare shouldKeepAlive: boolean;
  declare useChunkedEncodingByDefault: boolean;
  /** The connection closes behind this message. */
  declare _last: boolean;
  declare _hasBody: boolean;
  declare _defaultKeepAlive: boolean;
  declare _contentLength: number | null;
  declare _keepAliveTimeout: number;
  declare _maxRequestsPerSocket: number;
  declare maxRequestsOnConnectionReached: boolean;
  declare _uniqueHeaders: ReadonlySet<string> | undefined;
  /** The head has no character beyond US-ASCII. */
  declare _isHeadAscii: boolean;

  // oxlint-disable-next-line no-useless-constructor
  constructor(self?: unknown) {
    super(self);
  }

  /**
   * Puts the head together from its start line and its fields, and decides how the body is framed
   * and whether the connection stays (RFC 9112 6 and 9.3).
   */
  _storeHeader(startLine: string, headers: HeaderSource | undefined): void {
    const head = new OutgoingHead(startLine);
    this.#addFields(head, headers);
    const { seen } = head;
    if (this.sendDate && (seen & SEEN.DATE) === 0) head.text += this._runtime.dateField();
    this.#decideConnection(head, seen);
    if ((seen & (SEEN.CONTENT_LENGTH | SEEN.TRANSFER_ENCODING)) === 0) {
      this.#decideFraming(head, seen);
    }
    if ((seen & SEEN.TRAILER) !== 0 && !this.chunkedEncoding) throw trailerInvalid();
    this._header = head.text + "\r\n";
    if ((seen & SEEN.LATIN1) !== 0) this._isHeadAscii = false;
    if ((seen & SEEN.EXPECT) !== 0) this._flushHead();
  }

  #addFields(head: OutgoingHead, headers: HeaderSource | undefined): void {
    if (headers === undefined) {
      if (this._entries === undefined) return;
      for (const [lower, { name, value }] of this._entries) {
        head.add(name, value, this._uniqueHeaders?.has(lower) === true);
      }
    } else if (Array.isArray(headers)) {
      addFieldList(head, headers);
    } else {
      const fields = headers as Record<string, unknown>;
      const names = Object.keys(fields);
      for (let index = 0; index < names.length; index++) {
        head.add(names[index]!, fields[names[index]!], false);
      }
    }
    const { seen } = head;
    if ((seen & SEEN.CLOSE) !== 0) this._last = true;
    else if ((seen & SEEN.CONNECTION) !== 0) this.shouldKeepAlive = true;
    if ((seen & SEEN.KEEP_ALIVE) !== 0) this._defaultKeepAlive = false;
    if ((seen & SEEN.CHUNKED) !== 0) this.chunkedEncoding = true;
    if ((seen & SEEN.CONTENT_LENGTH) !== 0) this._contentLength = head.contentLength;
  }

  #decideConnection(head: OutgoingHead, seen: number): void {
    if (!this._hasBody && this.chunkedEncoding) {
      // RFC 9112 6.1: no Transfer-Encoding with 1xx, 204 and 304; who sends it anyway must close.
      if (this._isBodyless()) {
        this.chunkedEncoding = false;
        this.shouldKeepAlive = false;
      }
    }
    if (this._removedConnection) {
      this._last = !this.shouldKeepAlive;
      return;
    }
    if ((seen & SEEN.CONNECTION) !== 0) return;
    const isFramed =
      (seen & SEEN.CONTENT_LENGTH) !== 0 || this.useChunkedEncodingByDefault || this._hasAgent();
    if (!this.shouldKeepAlive || !isFramed) {
      this._last = true;
      head.text += "Connection: close\r\n";
    } else if (this.maxRequestsOnConnectionReached) {
      head.text += "Connection: close\r\n";
    } else if (this._keepAliveTimeout > 0 && this._defaultKeepAlive) {
      head.text += this._runtime.keepAliveFields(
        this._keepAliveTimeout,
        this._maxRequestsPerSocket,
      );
    } else {
      head.text += "Connection: keep-alive\r\n";
    }
  }

  /** For a message whose fields say nothing of its length. */
  #decideFraming(head: OutgoingHead, seen: number): void {
    const hasTrailer = (seen & SEEN.TRAILER) !== 0;
    if (!this._hasBody) {
      this.chunkedEncoding = false;
    } else if (!this.useChunkedEncodingByDefault) {
      this._last = true;
    } else if (!hasTrailer && !this._removedContLen && this._contentLength !== null) {
      head.text += "Content-Length: " + this._contentLength + "\r\n";
    } else if (!this._removedTE) {
      head.text += "Transfer-Encoding: chunked\r\n";
      this.chunkedEncoding = true;
    } else {
      this._last = true;
    }
  }

  /** Sends the head at once: the peer is to answer it before the body comes. */
  _flushHead(): void {}

  /** A status that never has a body, whatever its fields say. */
  _isBodyless(): boolean {
    return false;
  }

  _hasAgent(): boolean {
    return false;
  }

  static {
    setDefaults(this.prototype, {
      chunkedEncoding: false,
      shouldKeepAlive: true,
      useChunkedEncodingByDefault: true,
      _last: false,
      _hasBody: true,
      _defaultKeepAlive: true,
      _contentLength: null,
      _keepAliveTimeout: 0,
      _maxRequestsPerSocket: 0,
      maxRequestsOnConnectionReached: false,
      _uniqueHeaders: undefined,
      _isHeadAscii: true,
    });
  }
}

/** Fields as pairs, or as a flat list of names and values (the shape of `rawHeaders`). */
function addFieldList(head: OutgoingHead, list: readonly unknown[]): void {
  if (Array.isArray(list[0])) {
    for (const pair of list as [string, unknown][]) head.add(pair[0], pair[1], false);
    return;
  }
  for (let index = 0; index < list.length; index += 2) {
    head.add(list[index] as string, list[index + 1], false);
  }
}
