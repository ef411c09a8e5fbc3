/**
 * Messages for the tests and the fuzzer: what a parser must take, what it must refuse, and where we
 * differ from llhttp on purpose.
 */

export interface CorpusEntry {
  readonly name: string;
  readonly text: string;
  /** Why our verdict is the opposite of llhttp's. */
  readonly differs?: string;
}

const HOST = "Host: a\r\n";

function request(line: string, fields = HOST, body = ""): string {
  return `${line}\r\n${fields}\r\n${body}`;
}

function get(fields: string): string {
  return request("GET / HTTP/1.1", HOST + fields);
}

function chunked(body: string): string {
  return request("POST / HTTP/1.1", `${HOST}Transfer-Encoding: chunked\r\n`, body);
}

function response(line: string, fields = "", body = ""): string {
  return `${line}\r\n${fields}\r\n${body}`;
}

export const ACCEPTED_REQUESTS: readonly CorpusEntry[] = [
  { name: "a plain GET", text: request("GET / HTTP/1.1") },
  { name: "HTTP/1.0 without fields", text: request("GET / HTTP/1.0", "") },
  { name: "an empty line before the request line", text: `\r\n${request("GET / HTTP/1.1")}` },
  { name: "two empty lines", text: `\r\n\r\n${request("GET / HTTP/1.1")}` },
  { name: "absolute form", text: request("GET http://a.example/x?y HTTP/1.1") },
  { name: "asterisk form", text: request("OPTIONS * HTTP/1.1") },
  { name: "query and fragment", text: request("GET /a/b?c=d&e=%20#f HTTP/1.1") },
  {
    name: "characters that browsers don't encode",
    text: request("GET /a|b^c[d]{e}\"'`\\ HTTP/1.1"),
  },
  { name: "a long method", text: request("UNSUBSCRIBE / HTTP/1.1") },
  { name: "M-SEARCH", text: request("M-SEARCH * HTTP/1.1") },
  { name: "no white space behind the colon", text: get("X:y\r\n") },
  { name: "white space around a value", text: get("X: \t y \t \r\n") },
  { name: "an empty value", text: get("X:\r\n") },
  { name: "a value of white space", text: get("X:   \r\n") },
  { name: "bytes above 0x7f in a value", text: get("X: caf\xe9\r\n") },
  { name: "every character of a token as a name", text: get("!#$%&'*+-.^_`|~09az: y\r\n") },
  { name: "a value with a colon", text: get("X: a:b\r\n") },
  { name: "repeated fields", text: get("Cookie: a\r\nCookie: b\r\n") },
  {
    name: "a body with a length",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 5\r\n`, "hello"),
  },
  { name: "length zero", text: request("POST / HTTP/1.1", `${HOST}Content-Length: 0\r\n`) },
  {
    name: "leading zeros in a length",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 005\r\n`, "hello"),
  },
  {
    name: "white space behind a length",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 5 \r\n`, "hello"),
  },
  { name: "a chunked body", text: chunked("5\r\nhello\r\n0\r\n\r\n") },
  { name: "several chunks", text: chunked("1\r\na\r\n00A\r\n0123456789\r\n0\r\n\r\n") },
  {
    name: "upper and lower case in chunk sizes",
    text: chunked(`a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n`),
  },
  { name: "trailers", text: chunked("5\r\nhello\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n") },
  {
    name: "a chunk extension",
    text: chunked("5;a\r\nhello\r\n0\r\n\r\n"),
  },
  { name: "a chunk extension with a value", text: chunked("5;a=b;c=d\r\nhello\r\n0;e\r\n\r\n") },
  { name: "a quoted chunk extension", text: chunked('5;a="b; \\" c"\r\nhello\r\n0\r\n\r\n') },
  {
    name: "Transfer-Encoding in upper case",
    text: request("POST / HTTP/1.1", `${HOST}TRANSFER-ENCODING: CHUNKED\r\n`, "0\r\n\r\n"),
  },
  {
    name: "gzip, chunked",
    text: request("POST / HTTP/1.1", `${HOST}Transfer-Encoding: gzip, chunked\r\n`, "0\r\n\r\n"),
  },
  {
    name: "Transfer-Encoding in two fields",
    text: request(
      "POST / HTTP/1.1",
      `${HOST}Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n`,
      "0\r\n\r\n",
    ),
  },
  {
    name: "pipelined requests",
    text:
      request("GET /1 HTTP/1.1") +
      request("GET /2 HTTP/1.1") +
      chunked("0\r\n\r\n") +
      request("GET /3 HTTP/1.1"),
  },
  { name: "Connection: close, then an empty line", text: `${get("Connection: close\r\n")}\r\n` },
  { name: "Connection with several options", text: get("Connection: foo, close ,bar\r\n") },
  { name: "an upgrade that nobody takes", text: get("Connection: Upgrade\r\nUpgrade: x\r\n") },
  {
    name: "Expect: 100-continue",
    text: request("POST / HTTP/1.1", `${HOST}Expect: 100-continue\r\nContent-Length: 1\r\n`, "x"),
  },
  { name: "CONNECT", text: request("CONNECT a.example:443 HTTP/1.1") },
];

export const REFUSED_REQUESTS: readonly CorpusEntry[] = [
  { name: "an unknown method", text: request("BREW / HTTP/1.1") },
  { name: "a method in lower case", text: request("get / HTTP/1.1") },
  { name: "a TLS hello", text: "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" },
  { name: "HTTP/2's preface", text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" },
  { name: "white space before the method", text: ` ${request("GET / HTTP/1.1")}` },
  {
    name: "two spaces behind the method",
    text: request("GET  / HTTP/1.1"),
    differs: "RFC 9112 3: one SP; llhttp skips several",
  },
  { name: "a tab behind the method", text: request("GET\t/ HTTP/1.1") },
  { name: "a space in the target", text: request("GET /a b HTTP/1.1") },
  { name: "bytes above 0x7f in the target", text: request("GET /\xc3\xbc HTTP/1.1") },
  { name: "a control character in the target", text: request("GET /a\x01b HTTP/1.1") },
  { name: "a tab in the target", text: request("GET /a\tb HTTP/1.1") },
  { name: "NUL in the target", text: request("GET /a\0b HTTP/1.1") },
  { name: "a target without a form", text: request("GET foo HTTP/1.1") },
  { name: "an empty target", text: request("GET  HTTP/1.1") },
  {
    name: "a target behind an asterisk",
    text: request("GET *x HTTP/1.1"),
    differs: "RFC 9112 3.2.4: asterisk-form is one character",
  },
  {
    name: "HTTP/0.9",
    text: "GET /\r\n\r\n",
    differs: "simple requests (RFC 1945 4.1) are not HTTP/1",
  },
  { name: "HTTP/1.2", text: request("GET / HTTP/1.2") },
  {
    name: "HTTP/2.0",
    text: request("GET / HTTP/2.0"),
    differs: "not an HTTP/1 message; llhttp takes the number",
  },
  { name: "HTTP/1.11", text: request("GET / HTTP/1.11") },
  { name: "HTTP/1", text: request("GET / HTTP/1") },
  { name: "lower case http", text: request("GET / http/1.1") },
  {
    name: "another protocol",
    text: request("GET / ICE/1.0"),
  },
  { name: "white space behind the version", text: request("GET / HTTP/1.1 ") },
  { name: "LF alone behind the request line", text: "GET / HTTP/1.1\nHost: a\r\n\r\n" },
  { name: "LF alone behind a field", text: "GET / HTTP/1.1\r\nHost: a\n\r\n" },
  { name: "LF alone behind the fields", text: "GET / HTTP/1.1\r\nHost: a\r\n\n" },
  { name: "CR alone in a field", text: get("X: a\rb\r\n") },
  { name: "CR CR LF", text: get("X: a\r\r\n") },
  { name: "NUL in a value", text: get("X: a\0b\r\n") },
  { name: "DEL in a value", text: get("X: a\x7fb\r\n") },
  { name: "white space before the colon", text: get("X : y\r\n") },
  {
    name: "white space before the colon of a length",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length : 5\r\n`, "hello"),
  },
  { name: "a field without a colon", text: get("X\r\n") },
  { name: "a field without a name", text: get(": y\r\n") },
  { name: "a space in a name", text: get("X Y: z\r\n") },
  { name: "a byte above 0x7f in a name", text: get("\xe9: y\r\n") },
  { name: "a folded field", text: get("X: a\r\n b\r\n") },
  { name: "a folded field with a tab", text: get("X: a\r\n\tb\r\n") },
  { name: "white space before the first field", text: "GET / HTTP/1.1\r\n Host: a\r\n\r\n" },
  {
    name: "length and chunked",
    text: request(
      "POST / HTTP/1.1",
      `${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
      "0\r\n\r\n",
    ),
  },
  {
    name: "chunked and length",
    text: request(
      "POST / HTTP/1.1",
      `${HOST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n`,
      "0\r\n\r\n",
    ),
  },
  {
    name: "two lengths that differ",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 5\r\nContent-Length: 6\r\n`, "hello"),
  },
  {
    name: "two equal lengths",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 5\r\nContent-Length: 5\r\n`, "hello"),
  },
  {
    name: "a list of lengths",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 5, 5\r\n`, "hello"),
  },
  {
    name: "a negative length",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: -5\r\n`, "hello"),
  },
  {
    name: "a length with a plus",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: +5\r\n`, "hello"),
  },
  {
    name: "a length in hexadecimal",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 0x5\r\n`, "hello"),
  },
  { name: "an empty length", text: request("POST / HTTP/1.1", `${HOST}Content-Length:\r\n`, "") },
  {
    name: "a length beyond 2^64",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 99999999999999999999\r\n`, ""),
  },
  {
    name: "chunked, then another coding",
    text: request("POST / HTTP/1.1", `${HOST}Transfer-Encoding: chunked, gzip\r\n`, "0\r\n\r\n"),
  },
  {
    name: "an unknown coding",
    text: request("POST / HTTP/1.1", `${HOST}Transfer-Encoding: xchunked\r\n`, "0\r\n\r\n"),
  },
  {
    name: "chunked twice",
    text: request("POST / HTTP/1.1", `${HOST}Transfer-Encoding: chunked, chunked\r\n`, "0\r\n\r\n"),
  },
  {
    name: "an empty Transfer-Encoding",
    text: request("POST / HTTP/1.1", `${HOST}Transfer-Encoding:\r\n`, ""),
  },
  {
    name: "chunked in HTTP/1.0",
    text: request("POST / HTTP/1.0", `${HOST}Transfer-Encoding: chunked\r\n`, "0\r\n\r\n"),
    differs: "RFC 9112 6.1: faulty framing",
  },
  { name: "two Host fields", text: get(HOST), differs: "RFC 9112 3.2: 400" },
  { name: "a chunk without a size", text: chunked("\r\nhello\r\n0\r\n\r\n") },
  { name: "a chunk size that is no number", text: chunked("g\r\nhello\r\n0\r\n\r\n") },
  { name: "a chunk size with 0x", text: chunked("0x5\r\nhello\r\n0\r\n\r\n") },
  { name: "a negative chunk size", text: chunked("-5\r\nhello\r\n0\r\n\r\n") },
  { name: "a chunk size beyond 2^64", text: chunked("fffffffffffffffff\r\nhello\r\n0\r\n\r\n") },
  { name: "white space behind a chunk size", text: chunked("5 \r\nhello\r\n0\r\n\r\n") },
  { name: "LF alone behind a chunk size", text: chunked("5\nhello\r\n0\r\n\r\n") },
  { name: "LF alone in an extension", text: chunked("5;a\nhello\r\n0\r\n\r\n") },
  { name: "a control character in an extension", text: chunked("5;a\x01\r\nhello\r\n0\r\n\r\n") },
  { name: "more data than the chunk's size", text: chunked("4\r\nhello\r\n0\r\n\r\n") },
  { name: "LF alone behind a chunk", text: chunked("5\r\nhello\n0\r\n\r\n") },
  { name: "a trailer that frames", text: chunked("0\r\nContent-Length: 5\r\n\r\n") },
  { name: "a trailer that codes", text: chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n") },
  { name: "a faulty trailer", text: chunked("0\r\nX Y: 1\r\n\r\n") },
  {
    name: "a request behind Connection: close",
    text: get("Connection: close\r\n") + request("GET / HTTP/1.1"),
  },
  {
    name: "bytes behind a length's body",
    text: request("POST / HTTP/1.1", `${HOST}Content-Length: 5\r\n`, "hello!!!"),
  },
];

export const ACCEPTED_RESPONSES: readonly CorpusEntry[] = [
  {
    name: "a body with a length",
    text: response("HTTP/1.1 200 OK", "Content-Length: 5\r\n", "hello"),
  },
  { name: "a body until the end", text: response("HTTP/1.1 200 OK", "", "hello") },
  { name: "no reason", text: response("HTTP/1.1 200 ", "Content-Length: 0\r\n") },
  { name: "no reason and no space", text: response("HTTP/1.1 200", "Content-Length: 0\r\n") },
  {
    name: "a long reason",
    text: response("HTTP/1.1 404 Not Found at all", "Content-Length: 0\r\n"),
  },
  { name: "HTTP/1.0", text: response("HTTP/1.0 200 OK", "", "hello") },
  {
    name: "100, then 200",
    text:
      response("HTTP/1.1 100 Continue") +
      response("HTTP/1.1 200 OK", "Content-Length: 2\r\n", "ok"),
  },
  {
    name: "103, then 200",
    text:
      response("HTTP/1.1 103 Early Hints", "Link: </a>\r\n") +
      response("HTTP/1.1 200 OK", "Content-Length: 2\r\n", "ok"),
  },
  { name: "204", text: response("HTTP/1.1 204 No Content") + response("HTTP/1.1 204 No Content") },
  {
    name: "304 with a length",
    text:
      response("HTTP/1.1 304 Not Modified", "Content-Length: 5\r\n") +
      response("HTTP/1.1 204 No Content"),
  },
  {
    name: "chunked with trailers",
    text: response(
      "HTTP/1.1 200 OK",
      "Transfer-Encoding: chunked\r\n",
      "5\r\nhello\r\n0\r\nX: y\r\n\r\n",
    ),
  },
  {
    name: "a coding without chunked, until the end",
    text: response("HTTP/1.1 200 OK", "Transfer-Encoding: gzip\r\n", "hello"),
  },
  { name: "status 999", text: response("HTTP/1.1 999 Odd", "Content-Length: 0\r\n") },
];

export const REFUSED_RESPONSES: readonly CorpusEntry[] = [
  { name: "no version", text: response("200 OK") },
  { name: "a status of two digits", text: response("HTTP/1.1 20 OK") },
  { name: "a status of four digits", text: response("HTTP/1.1 2000 OK") },
  { name: "a status that is no number", text: response("HTTP/1.1 2x0 OK") },
  {
    name: "a status below 100",
    text: response("HTTP/1.1 099 Low", "Content-Length: 0\r\n"),
    differs: "RFC 9110 15: 100 to 599; a code has three digits and no leading zero",
  },
  { name: "another protocol", text: response("HTTPS/1.1 200 OK") },
  { name: "LF alone behind the status line", text: "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n" },
  {
    name: "NUL in the reason",
    text: response("HTTP/1.1 200 O\0K", "Content-Length: 0\r\n"),
    differs: "RFC 9112 4: a reason is HTAB, SP, VCHAR and obs-text",
  },
  {
    name: "length and chunked",
    text: response(
      "HTTP/1.1 200 OK",
      "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
      "0\r\n\r\n",
    ),
  },
  {
    name: "two lengths",
    text: response("HTTP/1.1 200 OK", "Content-Length: 5\r\nContent-Length: 5\r\n", "hello"),
  },
  { name: "a folded field", text: response("HTTP/1.1 200 OK", "X: a\r\n b\r\n") },
  { name: "cut in the body", text: response("HTTP/1.1 200 OK", "Content-Length: 5\r\n", "hell") },
  { name: "cut in the head", text: "HTTP/1.1 200 OK\r\nContent-" },
  {
    name: "cut in a chunk",
    text: response("HTTP/1.1 200 OK", "Transfer-Encoding: chunked\r\n", "5\r\nhel"),
  },
];
