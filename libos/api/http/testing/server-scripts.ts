/** What a server is put through, in ours and in Node's. */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Log, ServerScript } from "./transcript.ts";

/** What @types/node leaves out. */
type RawNames = ServerResponse & { getRawHeaderNames(): string[] };
type Upgradable = IncomingMessage & { upgrade: boolean | null };

type Handler = (request: IncomingMessage, response: ServerResponse, log: Log) => void;

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CLOSE = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

function on(handler: Handler): ServerScript["serve"] {
  return (server, log) => {
    server.on("request", (request, response) => handler(request, response, log));
  };
}

function script(
  name: string,
  handler: Handler,
  ...send: readonly (string | number)[]
): ServerScript {
  return { name, serve: on(handler), send: send.length === 0 ? [CLOSE] : send };
}

function attempt(log: Log, action: () => unknown): void {
  try {
    log("value", action());
  } catch (error) {
    log("thrown", error);
  }
}

function events(log: Log, name: string, emitter: IncomingMessage | ServerResponse): void {
  for (const event of ["end", "finish", "close", "aborted", "error", "prefinish"]) {
    if (event !== "prefinish") emitter.on(event, (error?: Error) => log(name, event, error ?? ""));
  }
}

function readAll(request: IncomingMessage, done: (text: string) => void): void {
  let text = "";
  request.setEncoding("latin1");
  request.on("data", (part: string) => {
    text += part;
  });
  request.on("end", () => done(text));
}

const WRITING: readonly ServerScript[] = [
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

const FIELDS: readonly ServerScript[] = [
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

const READING: readonly ServerScript[] = [
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

const CONNECTIONS: readonly ServerScript[] = [
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

function withExpect(value: string): string {
  return `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: ${value}\r\nContent-Length: 2\r\n\r\n`;
}

const SPECIAL: readonly ServerScript[] = [
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

export const SERVER_SCRIPTS: readonly ServerScript[] = [
  ...WRITING,
  ...FIELDS,
  ...READING,
  ...CONNECTIONS,
  ...SPECIAL,
];
