import { lowerCaseFieldName } from "../../../components/http/mod.ts";
import { invalidArgType, validateString } from "../shared/errors.ts";
import { EmitterBase } from "./callable.ts";
import { setDefaults } from "./defaults.ts";
import { headersSent } from "./errors.ts";
import {
  validateHeaderName,
  validateHeaderValue,
  type OutgoingHttpHeader,
} from "./header-fields.ts";

/** A field as it was set: its name as it will be sent, and its value. */
interface HeaderEntry {
  readonly name: string;
  value: OutgoingHttpHeader;
}

/** As much of a `Map` or `Headers` as `setHeaders` reads. */
export interface HeaderPairs {
  [Symbol.iterator](): Iterator<readonly [string, OutgoingHttpHeader]>;
  get(name: string): unknown;
}

/** The fields of a message to send, until its head is sent. */
export class OutgoingHeaders extends EmitterBase {
  /** The head's text; null until it has been put together. */
  declare _header: string | null;
  /** The application removed the field, so that it is not added by itself. */
  declare _removedConnection: boolean;
  declare _removedContLen: boolean;
  declare _removedTE: boolean;
  /** The automatic `Date:`. */
  declare sendDate: boolean;
  declare _entries: Map<string, HeaderEntry> | undefined;

  // Written out, here and in the classes below: the one that a class has without it spreads a list.
  // oxlint-disable-next-line no-useless-constructor
  constructor(self?: unknown) {
    super(self);
  }

  /** True once the head has been put together: its fields can't change any more. */
  get headersSent(): boolean {
    return this._header !== null;
  }

  /**
   * Sets a field; a list is sent as one field for each element.
   *
   * @throws ERR_HTTP_HEADERS_SENT, ERR_INVALID_HTTP_TOKEN, ERR_HTTP_INVALID_HEADER_VALUE,
   *   ERR_INVALID_CHAR
   */
  setHeader(name: string, value: OutgoingHttpHeader): this {
    if (this._header !== null) throw headersSent("set");
    validateHeaderName(name);
    validateHeaderValue(name, value);
    (this._entries ??= new Map()).set(lowerCaseFieldName(name), { name, value });
    return this;
  }

  /** Sets every field of a `Map` or a `Headers`. */
  setHeaders(headers: HeaderPairs): this {
    if (this._header !== null) throw headersSent("set");
    const isPairs =
      typeof headers === "object" &&
      headers !== null &&
      !Array.isArray(headers) &&
      typeof headers.get === "function";
    if (!isPairs) throw invalidArgType("headers", ["Headers", "Map"], headers);
    const cookies: string[] = [];
    for (const [name, value] of headers) {
      if (name === "set-cookie") cookies.push(...(Array.isArray(value) ? value : [String(value)]));
      else this.setHeader(name, value);
    }
    if (cookies.length > 0) this.setHeader("set-cookie", cookies);
    return this;
  }

  /** Adds a value to a field that may have some already. */
  appendHeader(name: string, value: string | readonly string[]): this {
    if (this._header !== null) throw headersSent("append");
    validateHeaderName(name);
    validateHeaderValue(name, value);
    const before = this._entries?.get(lowerCaseFieldName(name));
    if (before === undefined) return this.setHeader(name, value);
    const values = Array.isArray(before.value) ? [...before.value] : [String(before.value)];
    before.value = values.concat(value);
    return this;
  }

  getHeader(name: string): OutgoingHttpHeader | undefined {
    validateString(name, "name");
    return this._entries?.get(lowerCaseFieldName(name))?.value;
  }

  /** The names of the fields that are set, in lower case. */
  getHeaderNames(): string[] {
    return this._entries === undefined ? [] : [...this._entries.keys()];
  }

  /** The names of the fields that are set, as they will be sent. */
  getRawHeaderNames(): string[] {
    if (this._entries === undefined) return [];
    return Array.from(this._entries.values(), (entry) => entry.name);
  }

  /** A copy of the fields by name in lower case; an object without a prototype. */
  getHeaders(): Record<string, OutgoingHttpHeader> {
    const headers = Object.create(null) as Record<string, OutgoingHttpHeader>;
    for (const [name, entry] of this._entries ?? []) headers[name] = entry.value;
    return headers;
  }

  hasHeader(name: string): boolean {
    validateString(name, "name");
    return this._entries?.has(lowerCaseFieldName(name)) === true;
  }

  /** @throws ERR_HTTP_HEADERS_SENT */
  removeHeader(name: string): void {
    validateString(name, "name");
    if (this._header !== null) throw headersSent("remove");
    const lower = lowerCaseFieldName(name);
    if (lower === "connection") this._removedConnection = true;
    else if (lower === "content-length") this._removedContLen = true;
    else if (lower === "transfer-encoding") this._removedTE = true;
    else if (lower === "date") this.sendDate = false;
    this._entries?.delete(lower);
  }

  static {
    setDefaults(this.prototype, {
      _header: null,
      _removedConnection: false,
      _removedContLen: false,
      _removedTE: false,
      sendDate: false,
      _entries: undefined,
    });
  }
}
