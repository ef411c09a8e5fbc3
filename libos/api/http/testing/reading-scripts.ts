/** What a server receives. */
import { CLOSE, events, GET, on, readAll, script } from "./script.ts";
import type { ServerScript } from "./transcript.ts";

export const READING: readonly ServerScript[] = [
  script(
    "the face of a request",
    (request, response, log) => {
      log(request.method, request.url, request.httpVersion, request.headers, request.rawHeaders);
      log(request.headersDistinct, request.complete, request.aborted, request.statusCode);
      response.end();
    },
    "PUT /a?b HTTP/1.0\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\nCookie: a\r\nCookie: b\r\nSet-Cookie: c\r\nReferer: 1\r\nReferer: 2\r\n\r\n",
  ),
  {
    name: "joinDuplicateHeaders",
    options: { joinDuplicateHeaders: true },
    serve: on((request, response, log) => {
      log(request.headers);
      response.end();
    }),
    send: [CLOSE.replace("\r\n\r\n", "\r\nReferer: 1\r\nReferer: 2\r\n\r\n")],
  },
  script(
    "a body with a length, in pieces",
    (request, response) => {
      readAll(request, (text) => response.end(`got ${text}`));
    },
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\nab",
    20,
    "cd",
    20,
    "ef",
  ),
  script(
    "a chunked body with trailers",
    (request, response, log) => {
      readAll(request, (text) => {
        log(request.trailers, request.rawTrailers, request.complete);
        response.end(`got ${text}`);
      });
    },
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    20,
    "3\r\ndef\r\n0\r\nX-T: 1\r\n\r\n",
  ),
  script(
    "async iteration",
    (request, response) => {
      void (async () => {
        let length = 0;
        for await (const part of request) length += (part as Buffer).length;
        response.end(String(length));
      })();
    },
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
  ),
  script(
    "who listens after the answer still hears of the request's end",
    (request, response, log) => {
      response.end("x");
      request.once("end", () => log("end"));
      request.on("close", () => log("close"));
    },
  ),
  script(
    "and so with a body that is not read",
    (request, response, log) => {
      response.end("x");
      request.addListener("end", () => log("end"));
    },
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    20,
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
    20,
    `llo${CLOSE}`,
  ),
  {
    name: "who listens for the socket's data gets it beside the server",
    serve: (server, log) => {
      server.on("connection", (socket) => {
        socket.on("data", (bytes: Buffer) => log("before", bytes.length));
      });
      server.on("request", (request, response) => {
        if (request.url === "/late") {
          request.socket.on("data", (bytes: Buffer) => log("late", bytes.length));
        }
        response.end(request.url);
      });
    },
    send: [GET, 20, GET.replace("/", "/late"), 20, CLOSE],
  },
  {
    name: "and so where nobody listened at first",
    serve: on((request, response, log) => {
      if (request.url === "/late") {
        request.socket.on("data", (bytes: Buffer) => log("late", bytes.length));
      }
      response.end(request.url);
    }),
    send: [GET.replace("/", "/late"), 20, CLOSE],
  },
  script(
    "a body that nobody reads",
    (_, response) => response.end("x"),
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    20,
    CLOSE,
  ),
  script(
    "an answer before the body is there",
    (_, response) => response.end("x"),
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
    30,
    "hello",
    CLOSE,
  ),
  script("events of request and response", (request, response, log) => {
    events(log, "request", request);
    events(log, "response", response);
    request.resume();
    response.end("x");
  }),
  script(
    "events after a body",
    (request, response, log) => {
      events(log, "request", request);
      request.resume();
      request.on("end", () => response.end("x"));
    },
    "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello",
  ),
  script(
    "a client that leaves in the body",
    (request, response, log) => {
      events(log, "request", request);
      response.on("close", () => log("response close"));
      request.resume();
    },
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
    20,
    "END",
  ),
  ...["request", "response"].map((which) =>
    script(
      `a client that leaves before the answer: ${which}`,
      (request, response, log) => {
        const emitter = which === "request" ? request : response;
        emitter.on("close", () => log("close", request.aborted, response.writableFinished));
        setTimeout(() => response.end("late"), 40);
      },
      GET,
      10,
      "END",
    ),
  ),
  script(
    "destroy of the response",
    (request, response, log) => {
      response.on("close", () => log("response close"));
      request.on("error", (error) => log("request error", error));
      response.write("x");
      setTimeout(() => response.destroy(), 10);
    },
    GET,
  ),
];
