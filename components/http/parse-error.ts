/** What is wrong with a message, by the code that Node's `clientError` shows. */
export type ParseErrorCode =
  | "HPE_INVALID_METHOD"
  | "HPE_INVALID_URL"
  | "HPE_INVALID_CONSTANT"
  | "HPE_INVALID_VERSION"
  | "HPE_INVALID_STATUS"
  | "HPE_CR_EXPECTED"
  | "HPE_LF_EXPECTED"
  | "HPE_INVALID_HEADER_TOKEN"
  | "HPE_UNEXPECTED_SPACE"
  | "HPE_INVALID_CONTENT_LENGTH"
  | "HPE_UNEXPECTED_CONTENT_LENGTH"
  | "HPE_INVALID_TRANSFER_ENCODING"
  | "HPE_INVALID_HOST"
  | "HPE_HEADER_OVERFLOW"
  | "HPE_INVALID_CHUNK_SIZE"
  | "HPE_STRICT"
  | "HPE_CHUNK_EXTENSIONS_OVERFLOW"
  | "HPE_CLOSED_CONNECTION"
  | "HPE_INVALID_EOF_STATE";

/** A refused message. */
export interface ParseError {
  readonly code: ParseErrorCode;
  /** One line that says what was met and where, e.g. "Missing expected LF after header value". */
  readonly reason: string;
}
