/** Connections of a server: keep-alive, pipelining, limits of time. */
import { CLOSE, GET, on, readAll, script } from "./script.ts";
import type { ServerScript } from "./transcript.ts";

export const CONNECTIONS: readonly ServerScript[] = [
  script("keep-alive", (request, response) => response.end(request.url), GET, 20, GET, 20, CLOSE),
  script(
    "pipelining, answered at once",
    (request, response) => response.end(request.url),
    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  ),
  script(
    "pipelining, answered later",
    (request, response) => {
      setTimeout(() => response.end(request.url), request.url === "/1" ? 30 : 5);
    },
    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nPOST /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc",
  ),
  script(
    "pipelining with bodies",
    (request, response) => {
      readAll(request, (text) => response.end(text));
    },
    "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcPOST /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\ndef",
  ),
  script(
    "a request and the end of the connection together",
    (request, response) => {
      readAll(request, (text) => response.end(request.url + text));
    },
    "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    "END",
  ),
  script(
    "pipelining, and the end of the connection at once",
    (request, response) => {
      readAll(request, () => response.end(request.url));
    },
    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
    "END",
  ),
  script("HTTP/1.0", (_, response) => response.end("x"), "GET / HTTP/1.0\r\n\r\n"),
  script(
    "HTTP/1.0 with writes",
    (_, response) => {
      response.write("x");
      response.end("y");
    },
    "GET / HTTP/1.0\r\n\r\n",
  ),
  script(
    "HTTP/1.0 with keep-alive",
    (_, response) => response.end("x"),
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    20,
    "GET / HTTP/1.0\r\n\r\n",
  ),
  script(
    "HTTP/1.0 with keep-alive and writes",
    (_, response) => {
      response.write("x");
      response.end("y");
    },
    "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
  ),
  script("no Host in HTTP/1.1", (_, response) => response.end("x"), "GET / HTTP/1.1\r\n\r\n"),
  {
    name: "no Host, and none required",
    options: { requireHostHeader: false },
    serve: on((_, response) => response.end("x")),
    send: ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
  },
  {
    name: "maxRequestsPerSocket",
    serve(server, log) {
      server.maxRequestsPerSocket = 2;
      server.on("dropRequest", () => log("dropped"));
      server.on("request", (_, response) => response.end("x"));
    },
    send: [GET, 20, GET, 20, GET],
  },
  {
    name: "keepAliveTimeout ends an idle connection",
    options: { keepAliveTimeout: 1, keepAliveTimeoutBuffer: 30 } as never,
    serve: on((_, response) => response.end("x")),
    send: [GET, 90],
  },
  {
    name: "timeout without a listener",
    serve(server) {
      server.setTimeout(30);
      server.on("request", () => {});
    },
    send: [GET, 60],
  },
  {
    name: "timeout with listeners",
    serve(server, log) {
      server.setTimeout(30, (socket) => {
        log("server timeout");
        socket.destroy();
      });
      server.on("request", (request, response) => {
        request.on("timeout", () => log("request timeout"));
        response.on("close", () => log("response close"));
      });
    },
    send: [GET, 60],
  },
  {
    name: "timeout of the response",
    serve: on((_, response, log) => {
      response.setTimeout(30, () => {
        log("response timeout");
        response.end("late");
      });
    }),
    send: [CLOSE, 60],
  },
  {
    name: "headersTimeout",
    options: { headersTimeout: 40, requestTimeout: 40, connectionsCheckingInterval: 5 },
    serve: on((_, response) => response.end("x")),
    send: ["GET / HTTP/1.1\r\nHo", 80],
  },
  {
    name: "requestTimeout",
    options: { headersTimeout: 40, requestTimeout: 40, connectionsCheckingInterval: 5 },
    serve: on((request) => request.resume()),
    send: ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab", 80],
  },
];
