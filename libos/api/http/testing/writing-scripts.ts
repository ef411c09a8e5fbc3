/** What a server sends. */
import { attempt, CLOSE, GET, script } from "./script.ts";
import type { ServerScript } from "./transcript.ts";

export const WRITING: readonly ServerScript[] = [
  script("a string ends the response with its length", (_, response) => response.end("hello")),
  script("a string beyond ASCII", (_, response) => response.end("h\u00e9llo \u20ac")),
  script("a string in latin1", (_, response) => response.end("h\u00e9llo", "latin1")),
  script("a string in hex", (_, response) => response.end("68656c6c6f", "hex")),
  script("bytes end the response", (_, response) => response.end(Buffer.from("hello"))),
  script("many bytes end the response", (_, response) => response.end(Buffer.alloc(70_000, "x"))),
  script("end without a body", (_, response) => response.end()),
  script("end with an empty string", (_, response) => response.end("")),
  script("write, then end: chunked", (_, response) => {
    response.write("one");
    response.write(Buffer.from("two"));
    response.write("\u20ac");
    response.end("three");
  }),
  script("null where encoding and callback may stand", (_, response) => {
    response.write("a", null as never, null as never);
    response.end("b", null as never, null as never);
  }),
  script("write of nothing", (_, response) => {
    response.write("");
    response.end("x");
  }),
  script("a large chunk", (_, response) => {
    response.write(Buffer.alloc(40_000, "y"));
    response.end();
  }),
  script("write with a length", (_, response) => {
    response.setHeader("Content-Length", 6);
    response.write("one");
    response.end("two");
  }),
  script("writeHead with an object", (_, response) => {
    response.writeHead(201, { "Content-Type": "text/plain", "X-List": ["a", "b"] });
    response.end("x");
  }),
  script("writeHead with a reason", (_, response) => {
    response.writeHead(404, "Nope", { A: "b" }).end("x");
  }),
  script("writeHead with a flat list", (_, response) => {
    response.writeHead(200, ["A", "1", "A", "2"]).end("x");
  }),
  script("writeHead over setHeader", (_, response) => {
    response.setHeader("A", "1");
    response.setHeader("B", "1");
    response.writeHead(200, { a: "2" }).end("x");
  }),
  script("writeHead with a list over setHeader", (_, response) => {
    response.setHeader("A", "1");
    response.writeHead(200, ["A", "2", "A", "3"]).end("x");
  }),
  script("an unknown status", (_, response) => response.writeHead(599).end("x")),
  script("a status message that is set", (_, response) => {
    response.statusCode = 418;
    response.statusMessage = "Tea";
    response.end("x");
  }),
  script("204 has no body", (_, response) => response.writeHead(204).end("x"), GET, 20, CLOSE),
  script("304 has no body", (_, response) => response.writeHead(304).end("x"), GET, 20, CLOSE),
  script(
    "204 with Transfer-Encoding closes",
    (_, response) => {
      response.writeHead(204, { "Transfer-Encoding": "chunked" }).end("x");
    },
    GET,
  ),
  script("HEAD has no body", (_, response) => response.end("hello"), CLOSE.replace("GET", "HEAD")),
  script(
    "HEAD with writes",
    (_, response) => {
      response.write("hello");
      response.end();
    },
    CLOSE.replace("GET", "HEAD"),
  ),
  script("trailers", (_, response) => {
    response.writeHead(200, { Trailer: "X-Sum" });
    response.write("x");
    response.addTrailers({ "X-Sum": "1" });
    response.end();
  }),
  script("Trailer without chunks is refused", (_, response, log) => {
    response.setHeader("Content-Length", 1);
    response.setHeader("Trailer", "X");
    attempt(log, () => response.end("x"));
    response.destroy();
  }),
  script("flushHeaders sends the head", (_, response) => {
    response.flushHeaders();
    setTimeout(() => response.end("later"), 20);
  }),
  script("flushHeaders with a length", (_, response) => {
    response.setHeader("Content-Length", 5);
    response.flushHeaders();
    setTimeout(() => response.end("later"), 20);
  }),
  script("cork joins", (_, response) => {
    response.cork();
    response.write("a");
    response.uncork();
    response.end("b");
  }),
  script(
    "Connection: close in the response",
    (_, response) => {
      response.setHeader("Connection", "close");
      response.end("x");
    },
    GET,
  ),
  script("Date that is set, and one that is not wanted", (_, response) => {
    response.setHeader("date", "today");
    response.end("x");
  }),
  script("sendDate off", (_, response) => {
    response.sendDate = false;
    response.end("x");
  }),
  script("removed Date", (_, response) => {
    response.removeHeader("Date");
    response.end("x");
  }),
  script("removed Connection", (_, response) => {
    response.removeHeader("Connection");
    response.end("x");
  }),
  script("removed Content-Length", (_, response) => {
    response.removeHeader("Content-Length");
    response.end("x");
  }),
  script(
    "removed Content-Length and Transfer-Encoding",
    (_, response) => {
      response.removeHeader("Content-Length");
      response.removeHeader("Transfer-Encoding");
      response.end("x");
    },
    GET,
  ),
  script(
    "Keep-Alive that is set",
    (_, response) => {
      response.setHeader("Keep-Alive", "timeout=9");
      response.end("x");
    },
    GET,
  ),
  script("interim responses", (_, response) => {
    response.writeProcessing();
    response.writeContinue();
    response.writeEarlyHints({ link: "</a.css>; rel=preload; as=style", "x-id": "1" });
    response.end("x");
  }),
  script("early hints with a list and without a link", (_, response, log) => {
    response.writeEarlyHints({ link: ["</a>; rel=preload", "</b>; rel=preload"] });
    response.writeEarlyHints({ "x-a": "b" } as never);
    attempt(log, () => response.writeEarlyHints({ link: "bad" }));
    response.end("x");
  }),
  script("bytes beyond ASCII in a field", (_, response) => {
    response.setHeader("X", "caf\u00e9");
    response.end(Buffer.from("x"));
  }),
  script("values that are not strings", (_, response) => {
    response.setHeader("N", 5);
    response.writeHead(200, { B: true as never, O: null as never }).end("x");
  }),
];
