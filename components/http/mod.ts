/** HTTP/1.1 messages: parse and encode. See README.md. */
export * from "./encode.ts";
export { commonFieldName, lowerCaseFieldName } from "./field-names.ts";
export { decodeLatin1, encodeLatin1, type Latin1Decoder } from "./latin1.ts";
export { HTTP_LIMITS, type HttpLimits } from "./limits.ts";
export { METHODS } from "./methods.ts";
export type { ParseError, ParseErrorCode } from "./parse-error.ts";
export * from "./parser.ts";
export { STATUS_CODES } from "./status-codes.ts";
