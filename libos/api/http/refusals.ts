/** What a server answers by itself to what it cannot parse, or that comes too late. */
const BAD_REQUEST = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
const REQUEST_TIMEOUT = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n";
const TOO_LARGE = "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\n\r\n";
const FIELDS_TOO_LARGE =
  "HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n";

/** The whole answer to an error of the parser or of a time limit. */
export function answerTo(error: Error): string {
  switch ((error as { code?: string }).code) {
    case "HPE_HEADER_OVERFLOW":
      return FIELDS_TOO_LARGE;
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return TOO_LARGE;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return REQUEST_TIMEOUT;
    default:
      return BAD_REQUEST;
  }
}
