/** Expectations, hand-over, errors, the end. */
import type { Server } from "node:http";
import { GET, on, readAll, script, type Upgradable } from "./script.ts";
import type { ServerScript } from "./transcript.ts";

function withExpect(value: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: ${value}\r\nContent-Length: 2\r\n\r\n`;
}

export const SPECIAL: readonly ServerScript[] = [
  script(
    "100-continue by itself",
    (request, response) => {
      readAll(request, (text) => response.end(text));
    },
    withExpect("100-continue"),
    20,
    "ab",
  ),
  {
    name: "checkContinue",
    serve(server, log) {
      server.on("checkContinue", (request, response) => {
        log("check");
        response.writeContinue();
        readAll(request, (text) => response.end(text));
      });
      server.on("request", () => log("request"));
    },
    send: [withExpect("100-continue"), 20, "ab"],
  },
  {
    name: "checkContinue that refuses",
    serve(server) {
      server.on("checkContinue", (_, response) => response.writeHead(413).end());
    },
    send: [withExpect("100-continue").replace("Connection: close\r\n", ""), 20],
  },
  script("an unknown expectation", (_, response) => response.end("x"), withExpect("tea")),
  {
    name: "checkExpectation",
    serve(server, log) {
      server.on("checkExpectation", (request, response) => {
        log(request.headers.expect);
        response.end("fine");
      });
    },
    send: [withExpect("tea"), "ab"],
  },
  {
    name: "upgrade",
    serve(server, log) {
      server.on("upgrade", (request, socket, head) => {
        log(request.url, (request as Upgradable).upgrade, head, server.listenerCount("upgrade"));
        socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        socket.on("data", (bytes: Buffer) => socket.end(`echo ${bytes.toString()}`));
      });
    },
    send: [
      "GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfirst",
      20,
      "more",
    ],
  },
  script(
    "an upgrade that nobody takes",
    (request, response, log) => {
      log((request as Upgradable).upgrade);
      response.end("x");
    },
    "GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: x\r\n\r\n",
  ),
  {
    name: "connect",
    serve(server, log) {
      server.on("connect", (request, socket, head) => {
        log(request.method, request.url, head);
        socket.end("HTTP/1.1 200 OK\r\n\r\nhello");
      });
    },
    send: ["CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\nfirst"],
  },
  script(
    "a CONNECT that nobody takes",
    (_, response) => response.end("x"),
    "CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n",
  ),
  script("garbage is answered with 400", (_, response) => response.end("x"), "QUACK\r\n\r\n"),
  script(
    "a head that is too large is answered with 431",
    (_, response) => response.end("x"),
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(20_000)}\r\n\r\n`,
  ),
  {
    name: "maxHeaderSize",
    options: { maxHeaderSize: 100 },
    serve: on((_, response) => response.end("x")),
    send: [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(200)}\r\n\r\n`],
  },
  {
    name: "clientError",
    serve(server, log) {
      server.on("clientError", (error: Error & { bytesParsed?: number; code?: string }, socket) => {
        log(error.code, (socket as { writable?: boolean }).writable);
        socket.end("HTTP/1.1 400 Own\r\n\r\n");
      });
    },
    send: ["QUACK\r\n\r\n"],
  },
  {
    name: "an error in the body of a request",
    serve(server, log) {
      server.on("clientError", (error: Error & { code?: string }, socket) => {
        log(error.code);
        socket.destroy();
      });
      server.on("request", (request) => {
        request.on("error", (error) => log("request error", error));
        request.on("close", () => log("request close"));
        request.resume();
      });
    },
    send: ["POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 20, "xyz\r\n"],
  },
  {
    name: "closing ends idle connections and ends those under way behind their answer",
    differs: "Node keeps the connection until it times out",
    serve(server: Server, log) {
      server.on("request", (_, response) => {
        server.close(() => log("closed"));
        setTimeout(() => response.end("x"), 20);
      });
    },
    send: [GET, 60],
  },
];
