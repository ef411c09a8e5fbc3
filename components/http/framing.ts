/**
 * What the fields of a head say about the message's body and its connection (RFC 9112 6 and 9.3).
 * Whatever two recipients could read in two ways is refused: that is what request smuggling lives on.
 */
import { COMMA, LOWER, SPACE, TAB } from "./characters.ts";
import { FIELD } from "./field-names.ts";
import { encodeLatin1 } from "./latin1.ts";
import type { ParseError, ParseErrorCode } from "./parse-error.ts";

const ZERO = 0x30;
const NINE = 0x39;

const CHUNKED = encodeLatin1("chunked");
const CLOSE = encodeLatin1("close");
const KEEP_ALIVE = encodeLatin1("keep-alive");
const UPGRADE = encodeLatin1("upgrade");

function tokenIs(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let index = 0; index < wanted.length; index++) {
    if (LOWER[bytes[start + index]!] !== wanted[index]) return false;
  }
  return true;
}

/** The facts of one head, field by field. */
export class Framing {
  error: ParseError | undefined;
  /** -1 when there is no Content-Length. */
  contentLength = -1;
  hasTransferEncoding = false;
  /** The last transfer coding is "chunked". */
  isChunked = false;
  hasClose = false;
  hasKeepAlive = false;
  hasUpgrade = false;
  hasExpect = false;
  hostCount = 0;
  #hasConnectionUpgrade = false;
  #hasUpgradeField = false;

  reset(): void {
    this.error = undefined;
    this.contentLength = -1;
    this.hasTransferEncoding = false;
    this.isChunked = false;
    this.hasClose = false;
    this.hasKeepAlive = false;
    this.hasUpgrade = false;
    this.hasExpect = false;
    this.hostCount = 0;
    this.#hasConnectionUpgrade = false;
    this.#hasUpgradeField = false;
  }

  /** Takes one field whose `id` is a value of `FIELD`; its value lies in `bytes[start, end)`. */
  addField(id: number, bytes: Uint8Array, start: number, end: number): void {
    switch (id) {
      case FIELD.CONTENT_LENGTH:
        this.#addContentLength(bytes, start, end);
        break;
      case FIELD.TRANSFER_ENCODING:
        this.hasTransferEncoding = true;
        this.#eachToken(bytes, start, end, this.#addCoding);
        break;
      case FIELD.CONNECTION:
        this.#eachToken(bytes, start, end, this.#addConnectionOption);
        break;
      case FIELD.UPGRADE:
        this.#hasUpgradeField = true;
        break;
      case FIELD.HOST:
        this.hostCount++;
        break;
      case FIELD.EXPECT:
        this.hasExpect = true;
        break;
    }
  }

  /** Checks the facts together, once all fields are in. */
  finish(isRequest: boolean, versionMinor: number): void {
    this.hasUpgrade = this.#hasConnectionUpgrade && this.#hasUpgradeField;
    if (this.hasTransferEncoding && this.contentLength >= 0) {
      this.#fail(
        "HPE_INVALID_TRANSFER_ENCODING",
        "Transfer-Encoding can't be present with Content-Length",
      );
    }
    if (!isRequest) return;
    if (this.hasTransferEncoding && !this.isChunked) {
      this.#fail("HPE_INVALID_TRANSFER_ENCODING", "Request has invalid `Transfer-Encoding`");
    }
    if (this.hasTransferEncoding && versionMinor === 0) {
      this.#fail("HPE_INVALID_TRANSFER_ENCODING", "Transfer-Encoding in an HTTP/1.0 request");
    }
    if (this.hostCount > 1) this.#fail("HPE_INVALID_HOST", "More than one Host header");
  }

  /** Whether the connection outlives the message, as far as the fields say (RFC 9112 9.3). */
  keepsAlive(versionMinor: number): boolean {
    return versionMinor === 0 ? this.hasKeepAlive && !this.hasClose : !this.hasClose;
  }

  #fail(code: ParseErrorCode, reason: string): void {
    this.error ??= { code, reason };
  }

  #addContentLength(bytes: Uint8Array, start: number, end: number): void {
    if (this.hasTransferEncoding) {
      this.#fail(
        "HPE_INVALID_CONTENT_LENGTH",
        "Content-Length can't be present with Transfer-Encoding",
      );
      return;
    }
    if (this.contentLength >= 0) {
      this.#fail("HPE_UNEXPECTED_CONTENT_LENGTH", "Duplicate Content-Length");
      return;
    }
    let length = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte < ZERO || byte > NINE) {
        this.#fail("HPE_INVALID_CONTENT_LENGTH", "Invalid character in Content-Length");
        return;
      }
      length = length * 10 + byte - ZERO;
      if (length > Number.MAX_SAFE_INTEGER) {
        this.#fail("HPE_INVALID_CONTENT_LENGTH", "Content-Length overflow");
        return;
      }
    }
    if (start === end) this.#fail("HPE_INVALID_CONTENT_LENGTH", "Empty Content-Length");
    else this.contentLength = length;
  }

  /** Calls `add` for each non-empty element of a comma-separated list (RFC 9110 5.6.1). */
  #eachToken(
    bytes: Uint8Array,
    start: number,
    end: number,
    add: (bytes: Uint8Array, start: number, end: number) => void,
  ): void {
    let at = start;
    while (at < end) {
      while (at < end && (bytes[at] === COMMA || bytes[at] === SPACE || bytes[at] === TAB)) at++;
      const tokenStart = at;
      while (at < end && bytes[at] !== COMMA) at++;
      let tokenEnd = at;
      while (
        tokenEnd > tokenStart &&
        (bytes[tokenEnd - 1] === SPACE || bytes[tokenEnd - 1] === TAB)
      ) {
        tokenEnd--;
      }
      if (tokenEnd > tokenStart) add.call(this, bytes, tokenStart, tokenEnd);
    }
  }

  /** "chunked" comes once, and last (RFC 9112 6.1). */
  #addCoding(bytes: Uint8Array, start: number, end: number): void {
    if (this.isChunked) {
      this.#fail("HPE_INVALID_TRANSFER_ENCODING", "A transfer coding follows `chunked`");
    }
    this.isChunked = tokenIs(bytes, start, end, CHUNKED);
  }

  #addConnectionOption(bytes: Uint8Array, start: number, end: number): void {
    if (tokenIs(bytes, start, end, KEEP_ALIVE)) this.hasKeepAlive = true;
    else if (tokenIs(bytes, start, end, CLOSE)) this.hasClose = true;
    else if (tokenIs(bytes, start, end, UPGRADE)) this.#hasConnectionUpgrade = true;
  }
}
