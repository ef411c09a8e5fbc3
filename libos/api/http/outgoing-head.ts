/** The text of a head under construction, and what its fields say. */
import {
  classifyFieldValue,
  encodeField,
  commonFieldName,
  isToken,
} from "../../../components/http/mod.ts";
import { invalidCharacter, invalidHeaderValue, invalidToken } from "./errors.ts";

const CLOSE_OPTION = /(?:^|\W)close(?:$|\W)/i;
/** In a list of codings, also that of the field TE. */
export const CHUNKED_CODING: RegExp = /(?:^|\W)chunked(?:$|\W)/i;

/** Fields that decide about the message, and what two of them say: bits of `OutgoingHead.seen`. */
export const SEEN = {
  CONNECTION: 1,
  CONTENT_LENGTH: 2,
  TRANSFER_ENCODING: 4,
  DATE: 8,
  EXPECT: 16,
  TRAILER: 32,
  KEEP_ALIVE: 64,
  /** `Connection: close`. */
  CLOSE: 128,
  /** `Transfer-Encoding: chunked`. */
  CHUNKED: 256,
  /** A character beyond 0x7f: the head is then written on its own. */
  LATIN1: 512,
} as const;

const SEEN_BY_NAME: ReadonlyMap<string, number> = new Map([
  ["connection", SEEN.CONNECTION],
  ["content-length", SEEN.CONTENT_LENGTH],
  ["transfer-encoding", SEEN.TRANSFER_ENCODING],
  ["date", SEEN.DATE],
  ["expect", SEEN.EXPECT],
  ["trailer", SEEN.TRAILER],
  ["keep-alive", SEEN.KEEP_ALIVE],
]);

export class OutgoingHead {
  text: string;
  /** Bits of `SEEN`. */
  seen: number;
  /** What Content-Length says, where there is one. */
  contentLength: number;

  constructor(startLine: string) {
    this.text = startLine;
    this.seen = 0;
    this.contentLength = 0;
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
    const text = typeof value === "string" ? value : String(value);
    if (typeof value !== "number") {
      const kind = classifyFieldValue(text);
      if (kind === "invalid") throw invalidCharacter("header content", name);
      if (kind === "latin1") this.seen |= SEEN.LATIN1;
    }
    this.text += encodeField(name, text);
    const bit = SEEN_BY_NAME.get(lower);
    if (bit === undefined) return;
    this.seen |= bit;
    if (bit === SEEN.CONTENT_LENGTH) this.contentLength = Number(text);
    else if (bit === SEEN.CONNECTION && CLOSE_OPTION.test(text)) this.seen |= SEEN.CLOSE;
    else if (bit === SEEN.TRANSFER_ENCODING && CHUNKED_CODING.test(text)) this.seen |= SEEN.CHUNKED;
  }
}
