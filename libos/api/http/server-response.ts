import {
  classifyFieldValue,
  encodeField,
  encodeStatusLine,
  STATUS_CODES,
} from "../../../components/http/mod.ts";
import { invalidArgType, invalidArgValue, validateFunction } from "../shared/errors.ts";
import { setDefaults } from "./defaults.ts";
import { headersSent, invalidCharacter, invalidStatusCode, socketAssigned } from "./errors.ts";
import { validateHeaderName, validateHeaderValue } from "./header-fields.ts";
import type { IncomingMessage } from "./incoming-message.ts";
import type { HttpSocket, WriteCallback } from "./needs.ts";
import type { HeaderSource } from "./outgoing-framing.ts";
import { CHUNKED_CODING } from "./outgoing-head.ts";
import { OutgoingMessage } from "./outgoing-message.ts";

/** What the connection behind a response is told. */
export interface ResponseOwner {
  /** The last byte has been handed to the socket, which may still hold it. */
  responseEnded(response: ServerResponse): void;
  /** 'finish' has been emitted. */
  responseFinished(response: ServerResponse): void;
}

export interface ServerResponseOptions {
  /** Throws ERR_HTTP_BODY_NOT_ALLOWED on a body that the status forbids, instead of dropping it. */
  readonly rejectNonStandardBodyWrites?: boolean | undefined;
}

/** The answer to one request. */
export class ServerResponse extends OutgoingMessage {
  readonly req: IncomingMessage;
  declare statusCode: number;
  declare statusMessage: string | undefined;
  declare _rejectsBody: boolean;
  declare _owner: ResponseOwner | undefined;
  declare _sent100: boolean;
  declare _expect_continue: boolean;

  /** @param self For `ServerResponse.call(this, request)`; see `callable.ts`. */
  constructor(req: IncomingMessage, options?: ServerResponseOptions, self?: unknown) {
    super(self);
    this.req = req;
    if (options?.rejectNonStandardBodyWrites === true) this._rejectsBody = true;
    if (req.method === "HEAD") this._hasBody = false;
    if (req.httpVersionMinor < 1 || req.httpVersionMajor < 1) {
      this.useChunkedEncodingByDefault = CHUNKED_CODING.test(String(req.headers["te"] ?? ""));
      this.shouldKeepAlive = false;
    }
  }

  /**
   * Puts the head together; it leaves with the first part of the body.
   *
   * @param reason The reason phrase, or the fields.
   * @param headers Fields: they come before those that `setHeader` set under the same name.
   * @throws ERR_HTTP_HEADERS_SENT, ERR_HTTP_INVALID_STATUS_CODE, ERR_INVALID_CHAR
   */
  writeHead(statusCode: number, reason?: string | HeaderSource, headers?: HeaderSource): this {
    if (this._header !== null) throw headersSent("write");
    const status = statusCode | 0;
    if (status < 100 || status > 999) throw invalidStatusCode(statusCode);
    const fields = typeof reason === "string" ? headers : (headers ?? reason);
    const usual = STATUS_CODES[status] ?? "unknown";
    if (typeof reason === "string") this.statusMessage = reason;
    else this.statusMessage ||= usual;
    if (this.statusCode !== status) this.statusCode = status;
    const isPlain = this._entries === undefined && !Array.isArray(fields);
    const own = isPlain ? (fields ?? undefined) : this.#mergeFields(fields ?? undefined);
    if (this.statusMessage !== usual && classifyFieldValue(this.statusMessage) === "invalid") {
      throw invalidCharacter("statusMessage");
    }
    if (this._isBodyless()) this._hasBody = false;
    // RFC 9110 10.1.1: without a 100 the client may send its body or not: the connection is unsure.
    if (this._expect_continue && !this._sent100) this.shouldKeepAlive = false;
    this._storeHeader(encodeStatusLine(status, this.statusMessage), own);
    return this;
  }

  /** As `writeHead`, under its former name. */
  writeHeader(statusCode: number, reason?: string | HeaderSource, headers?: HeaderSource): this {
    return this.writeHead(statusCode, reason, headers);
  }

  override _implicitHeader(): void {
    this.writeHead(this.statusCode);
  }

  override _isBodyless(): boolean {
    const { statusCode } = this;
    return statusCode === 204 || statusCode === 304 || (statusCode >= 100 && statusCode <= 199);
  }

  /** Sends `100 Continue`: the client may send its body (RFC 9110 10.1.1). */
  writeContinue(callback?: WriteCallback): void {
    this._writeRaw("HTTP/1.1 100 Continue\r\n\r\n", "latin1", callback);
    this._sent100 = true;
  }

  /** Sends `102 Processing`. */
  writeProcessing(callback?: WriteCallback): void {
    this._writeRaw("HTTP/1.1 102 Processing\r\n\r\n", "latin1", callback);
  }

  /**
   * Sends `103 Early Hints` (RFC 8297).
   *
   * @param hints `link` and further fields; without a link nothing is sent.
   */
  writeEarlyHints(hints: Readonly<Record<string, unknown>>, callback?: WriteCallback): void {
    if (typeof hints !== "object" || hints === null) {
      throw invalidArgType("hints", "Object", hints);
    }
    if (callback !== undefined) validateFunction(callback, "callback");
    const { link } = hints;
    if (link === undefined || link === null) return;
    const text = Array.isArray(link) ? link.join(", ") : String(link);
    if (text === "") return;
    checkLink(text);
    let head = `HTTP/1.1 103 Early Hints\r\n${encodeField("Link", text)}`;
    for (const [name, value] of Object.entries(hints)) {
      if (name === "link") continue;
      validateHeaderName(name);
      validateHeaderValue(name, value);
      head += encodeField(name, String(value));
    }
    this._writeRaw(`${head}\r\n`, "latin1", callback);
  }

  /** Gives the response its connection. @throws ERR_HTTP_SOCKET_ASSIGNED */
  assignSocket(socket: HttpSocket): void {
    const taken = socket._httpMessage;
    if (taken !== undefined && taken !== null && taken !== this) throw socketAssigned();
    socket._httpMessage = this;
    this.socket = socket;
    if (this._queue !== undefined || this._corked > 0) this._flushQueue();
  }

  detachSocket(socket: HttpSocket): void {
    if (socket._httpMessage === this) socket._httpMessage = null;
    this.socket = null;
  }

  /** The connection is gone, or the response is done. */
  _close(): void {
    if (this._closed) return;
    this.destroyed = true;
    this._closed = true;
    this._tell("close");
  }

  override _ended(): void {
    this._owner?.responseEnded(this);
  }

  override _finished(): void {
    this._owner?.responseFinished(this);
  }

  /** Joins the given fields with those that are set; a given name replaces what was set before. */
  #mergeFields(fields: HeaderSource | undefined): HeaderSource | undefined {
    if (Array.isArray(fields) && !Array.isArray(fields[0]) && fields.length % 2 !== 0) {
      throw invalidArgValue("headers", fields);
    }
    if (this._entries === undefined || fields === undefined) return fields;
    if (!Array.isArray(fields)) {
      for (const [name, value] of Object.entries(fields)) {
        if (name !== "") this.setHeader(name, value as string);
      }
      return undefined;
    }
    const flat = (Array.isArray(fields[0]) ? fields.flat(1) : fields) as string[];
    for (let index = 0; index < flat.length; index += 2) this.removeHeader(flat[index]!);
    for (let index = 0; index < flat.length; index += 2) {
      this.appendHeader(flat[index]!, flat[index + 1]!);
    }
    return undefined;
  }

  static {
    setDefaults(this.prototype, {
      statusCode: 200,
      statusMessage: undefined,
      sendDate: true,
      _owner: undefined,
      _sent100: false,
      _expect_continue: false,
    });
  }
}

/** A link value is `<target>; parameter=…` (RFC 8288 3). */
function checkLink(text: string): void {
  validateHeaderValue("Link", text);
  if (!/^(?:<[^>]*>)(?:\s*;\s*[^;"\s]+(?:=(?:"[^"]*"|[^;"\s]+))?)*(?:,\s*<.*)?$/.test(text)) {
    throw invalidArgValue(
      "hints",
      text,
      'must be an array or string of format "</styles.css>; rel=preload; as=style"',
    );
  }
}
