/** Bounds of one parser. At each of them the message is refused with the code that is named. */
export interface HttpLimits {
  /** Bytes of a message's head: start line, fields and line ends. Beyond: HPE_HEADER_OVERFLOW. */
  readonly maxHeaderBytes: number;
  /** Bytes of the start line, a part of the head. Beyond: HPE_HEADER_OVERFLOW. */
  readonly maxStartLineBytes: number;
  /** Fields of a head and, apart from them, of a trailer section. Beyond: HPE_HEADER_OVERFLOW. */
  readonly maxHeaderCount: number;
  /** Bytes of all chunk extensions of a message. Beyond: HPE_CHUNK_EXTENSIONS_OVERFLOW. */
  readonly maxChunkExtensionBytes: number;
  /** Bytes of a message's trailer section. Beyond: HPE_HEADER_OVERFLOW. */
  readonly maxTrailerBytes: number;
  /** Empty lines that are skipped before a start line (RFC 9112 2.2). Beyond: HPE_INVALID_METHOD. */
  readonly maxEmptyLines: number;
  /** Bytes of a head's fields that are kept, to be compared with those of the next one. */
  readonly maxRepeatedBytes: number;
}

export const HTTP_LIMITS: HttpLimits = {
  maxHeaderBytes: 16_384,
  maxStartLineBytes: 16_384,
  maxHeaderCount: 2_000,
  maxChunkExtensionBytes: 16_384,
  maxTrailerBytes: 16_384,
  maxEmptyLines: 16,
  maxRepeatedBytes: 1_024,
};
