/** The text of a head under construction, and what its fields say. */
import {
  classifyFieldValue,
  encodeField,
  commonFieldName,
  isToken,
} from "../../../components/http/mod.ts";
import { setDefaults } from "./defaults.ts";
import { invalidCharacter, invalidHeaderValue, invalidToken } from "./errors.ts";

const CLOSE_OPTION = /(?:^|\W)close(?:$|\W)/i;
const CHUNKED_CODING = /(?:^|\W)chunked(?:$|\W)/i;

export class OutgoingHead {
  text: string;
  /** False once a field has a character beyond 0x7f: the head is then written on its own. */
  declare isAscii: boolean;
  declare hasConnection: boolean;
  declare hasClose: boolean;
  declare hasContentLength: boolean;
  declare contentLength: number | undefined;
  declare hasTransferEncoding: boolean;
  declare isChunked: boolean;
  declare hasDate: boolean;
  declare hasExpect: boolean;
  declare hasTrailer: boolean;
  declare hasKeepAlive: boolean;

  constructor(startLine: string) {
    this.text = startLine;
  }

  /**
   * Adds a field, or one for each element of a list; Cookie's elements are joined.
   *
   * @throws ERR_INVALID_HTTP_TOKEN, ERR_HTTP_INVALID_HEADER_VALUE, ERR_INVALID_CHAR
   */
  add(name: string, value: unknown, joinsList: boolean): void {
    let lower = commonFieldName(name);
    if (lower === undefined) {
      if (typeof name !== "string" || !isToken(name)) throw invalidToken("Header name", name);
      lower = name.toLowerCase();
    }
    if (!Array.isArray(value)) {
      this.#addOne(name, lower, value);
    } else if (value.length > 1 && (joinsList || lower === "cookie")) {
      this.#addOne(name, lower, value.join("; "));
    } else {
      for (const item of value) this.#addOne(name, lower, item);
    }
  }

  #addOne(name: string, lower: string, value: unknown): void {
    if (value === undefined) throw invalidHeaderValue(value, name);
    let text: string;
    if (typeof value === "number") {
      text = `${value}`;
    } else {
      text = typeof value === "string" ? value : String(value);
      const kind = classifyFieldValue(text);
      if (kind === "invalid") throw invalidCharacter("header content", name);
      if (kind === "latin1") this.isAscii = false;
    }
    this.text += encodeField(name, text);
    this.#note(lower, text);
  }

  #note(lower: string, value: string): void {
    switch (lower) {
      case "connection":
        this.hasConnection = true;
        if (CLOSE_OPTION.test(value)) this.hasClose = true;
        break;
      case "content-length":
        this.hasContentLength = true;
        this.contentLength = Number(value);
        break;
      case "transfer-encoding":
        this.hasTransferEncoding = true;
        if (CHUNKED_CODING.test(value)) this.isChunked = true;
        break;
      case "date":
        this.hasDate = true;
        break;
      case "expect":
        this.hasExpect = true;
        break;
      case "trailer":
        this.hasTrailer = true;
        break;
      case "keep-alive":
        this.hasKeepAlive = true;
        break;
    }
  }

  static {
    setDefaults(this.prototype, {
      isAscii: true,
      hasConnection: false,
      hasClose: false,
      hasContentLength: false,
      contentLength: undefined,
      hasTransferEncoding: false,
      isChunked: false,
      hasDate: false,
      hasExpect: false,
      hasTrailer: false,
      hasKeepAlive: false,
    });
  }
}
