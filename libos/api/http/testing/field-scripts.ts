/** The fields of a response, and what a response refuses. */
import { attempt, CLOSE, on, script, type RawNames } from "./script.ts";
import type { ServerScript } from "./transcript.ts";

export const FIELDS: readonly ServerScript[] = [
  script("the face of fields", (_, response, log) => {
    response.setHeader("X-Aa", "1");
    response.setHeader("x-aA", "2");
    response.setHeader("List", ["a", "b"]);
    response.appendHeader("x-aa", "3");
    response.appendHeader("New", "n");
    log(response.getHeader("X-AA"), response.hasHeader("list"), response.hasHeader("no"));
    log(
      response.getHeaderNames(),
      (response as RawNames).getRawHeaderNames(),
      response.getHeaders(),
    );
    response.removeHeader("LIST");
    response.setHeaders(new Map([["m", "1"]]));
    log(response.headersSent);
    response.end("x");
    log(response.headersSent, response.writableEnded, response.finished);
  }),
  script("what fields refuse", (_, response, log) => {
    attempt(log, () => response.setHeader("a b", "x"));
    attempt(log, () => response.setHeader("", "x"));
    attempt(log, () => response.setHeader("a", undefined as never));
    attempt(log, () => response.setHeader("a", "x\r\ny"));
    attempt(log, () => response.setHeader("a", "\u20ac"));
    attempt(log, () => response.setHeader(5 as never, "x"));
    attempt(log, () => response.getHeader(5 as never));
    attempt(log, () => response.appendHeader("a b", "x"));
    attempt(log, () => response.setHeaders({} as never));
    attempt(log, () => response.writeHead(99));
    attempt(log, () => response.writeHead(1_000));
    attempt(log, () => response.writeHead("x" as never));
    attempt(log, () => response.writeHead(200, "a\nb"));
    response.statusMessage = "";
    attempt(log, () => response.writeHead(200, ["a"] as never));
    attempt(log, () => response.writeHead(200, { "a b": "c" }));
    attempt(log, () => response.addTrailers({ "a b": "c" }));
    attempt(log, () => response.addTrailers({ a: "\n" }));
    response.end("x");
  }),
  script("after the head nothing can be set", (_, response, log) => {
    response.writeHead(200);
    attempt(log, () => response.setHeader("a", "b"));
    attempt(log, () => response.appendHeader("a", "b"));
    attempt(log, () => response.removeHeader("a"));
    attempt(log, () => response.writeHead(200));
    response.end("x");
  }),
  script("what write refuses", (_, response, log) => {
    attempt(log, () => response.write(null as never));
    attempt(log, () => response.write(5 as never));
    attempt(log, () => response.end(5 as never));
    attempt(log, () => response.pipe(response));
    response.end("x");
  }),
  script("write after end", (_, response, log) => {
    response.on("error", (error) => log("error", error));
    response.end("x");
    attempt(log, () => response.write("y", (error) => log("callback", error)));
  }),
  script("end after end", (_, response, log) => {
    response.on("error", (error) => log("error", error));
    response.end("x", () => log("first"));
    response.end(() => log("second"));
    response.end("y", (() => log("third")) as never);
  }),
  ...[["four"], ["ab"], ["ab", "c"], ["abc"]].map((parts, index) =>
    script(`strictContentLength ${index}`, (_, response, log) => {
      response.strictContentLength = true;
      response.writeHead(200, { "Content-Length": 3 });
      for (const part of parts.slice(0, -1)) attempt(log, () => void response.write(part));
      attempt(log, () => void response.end(parts.at(-1)));
    }),
  ),
  {
    name: "rejectNonStandardBodyWrites",
    options: { rejectNonStandardBodyWrites: true },
    serve: on((_, response, log) => {
      response.statusCode = 204;
      attempt(log, () => response.write("x"));
      attempt(log, () => response.end("x"));
      response.end();
    }),
    send: [CLOSE],
  },
];
