/** What a client is put through, in ours and in Node's. */
import type { IncomingMessage } from "node:http";
import { AGENT_SCRIPTS } from "./agent-scripts.ts";
import { observe, OK, one } from "./client-script.ts";
import type { ClientScript, Log } from "./transcript.ts";

function attempt(log: Log, action: () => unknown): void {
  try {
    action();
    log("fine");
  } catch (error) {
    log("thrown", error);
  }
}

const HEADS: readonly ClientScript[] = [
  one("GET", {}),
  one("without an agent", { agent: false }),
  one("path and fields", { path: "/a?b=c", headers: { "X-A": ["1", "2"], accept: "*/*" } }),
  one("fields as a flat list", { headers: ["Host", "h", "A", "1", "A", "2"] as never }),
  one("auth", { auth: "user:p\u00e4ss" }),
  one("setHost off", { setHost: false }),
  one("setDefaultHeaders off", { setDefaultHeaders: false } as never),
  one("Host by hand", { headers: { host: "own" } }),
  one("method in lower case", { method: "put" }, [OK], (request) => request.end("x")),
  one("uniqueHeaders", { uniqueHeaders: ["a"], headers: { a: ["1", "2"] } }),
  one("DELETE with a body", { method: "DELETE" }, [OK], (request) => request.end("x")),
  one("GET with a body", {}, [OK], (request) => request.end("x")),
  one("GET with writes", {}, [OK], (request) => {
    request.write("x");
    request.end("y");
  }),
  one("POST with writes", { method: "POST" }, [OK], (request) => {
    request.write("x");
    request.write(Buffer.from("yy"));
    request.end("z");
  }),
  one("POST without a body", { method: "POST" }),
  one("POST with trailers", { method: "POST", headers: { Trailer: "X" } }, [OK], (request) => {
    request.write("x");
    request.addTrailers({ X: "1" });
    request.end();
  }),
  one("flushHeaders", { method: "POST" }, [20, OK], (request) => {
    request.flushHeaders();
    setTimeout(() => request.end("x"), 40);
  }),
  one(
    "Expect sends the head at once",
    { method: "POST", headers: { Expect: "100-continue" } },
    ["HTTP/1.1 100 Continue\r\n\r\n", 10, OK],
    (request) => {
      request.on("continue", () => request.end("body"));
    },
  ),
  one(
    "the face of a request",
    { method: "POST", path: "/p", headers: { A: "1" } },
    [OK],
    (request, log) => {
      log(request.method, request.path, request.host, request.protocol, request.getHeaders());
      log(request.getHeaderNames(), request.reusedSocket, request.aborted, request.writableEnded);
      request.end();
      log(request.writableEnded, request.headersSent);
    },
  ),
];

const ANSWERS: readonly ClientScript[] = [
  one("chunked with trailers", {}, [
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: 1\r\n\r\n",
  ]),
  one("in pieces", {}, [
    "HTTP/1.1 200 O",
    10,
    "K\r\nContent-Le",
    10,
    "ngth: 4\r\n\r\nab",
    10,
    "cd",
  ]),
  one("until the end", {}, ["HTTP/1.1 200 OK\r\n\r\nuntil", 10, " the end", "END"]),
  one("HTTP/1.0", {}, ["HTTP/1.0 200 OK\r\n\r\nold", "END"]),
  one("204", {}, ["HTTP/1.1 204 No Content\r\n\r\n"]),
  one("304 with a length", {}, ["HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"]),
  one("HEAD", { method: "HEAD" }, ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"]),
  one("interim answers", {}, [
    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    OK,
  ]),
  one("Connection: close", {}, [
    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    "END",
  ]),
  one("repeated fields", {}, [
    "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nX: 1\r\nX: 2\r\nAge: 1\r\nAge: 2\r\nContent-Length: 0\r\n\r\n",
  ]),
  one("cut in the body", {}, ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 10, "END"]),
  one("reset in the body", {}, ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 10, "RESET"]),
  one("closed without an answer", {}, ["END"]),
  one("reset without an answer", {}, ["RESET"]),
  one("cut in the head", {}, ["HTTP/1.1 200 OK\r\nCont", 10, "END"]),
  one("garbage", {}, ["garbage\r\n\r\n"]),
  one("two lengths", {}, ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"]),
  one("a faulty chunk", {}, ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"]),
  one("a head that is too large", {}, [`HTTP/1.1 200 OK\r\nX: ${"y".repeat(20_000)}\r\n\r\n`]),
  one("maxHeaderSize", { maxHeaderSize: 64 }, [`HTTP/1.1 200 OK\r\nX: ${"y".repeat(100)}\r\n\r\n`]),
  {
    ...one("two answers at once", {}, [OK + OK]),
    differs: "the connection is closed behind the first, at once",
  },
  {
    ...one("an answer and garbage", {}, [`${OK}garbage`]),
    differs: "what comes behind a whole answer does not fail the request",
  },
  {
    name: "nobody listens for the response",
    answer: [OK],
    use(module, port, log) {
      const request = module.request({ port, host: "127.0.0.1" });
      request.on("error", (error) => log("error", error));
      request.on("close", () => log("close"));
      request.end();
    },
  },
];

const ENDINGS: readonly ClientScript[] = [
  one("destroy before the socket", {}, [OK], (request) => request.destroy()),
  one("destroy with an error before the socket", {}, [OK], (request) =>
    request.destroy(new Error("own")),
  ),
  one("abort before the socket", {}, [OK], (request) => request.abort()),
  one("destroy before the answer", {}, [60, OK], (request) => {
    request.end();
    setTimeout(() => request.destroy(), 20);
  }),
  one("destroy with an error before the answer", {}, [60, OK], (request) => {
    request.end();
    setTimeout(() => request.destroy(new Error("own")), 20);
  }),
  one(
    "abort in the response",
    {},
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 60, "rest!"],
    (request) => {
      request.end();
      setTimeout(() => request.abort(), 30);
    },
  ),
  one(
    "destroy in the response",
    {},
    ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 60, "rest!"],
    (request) => {
      request.end();
      setTimeout(() => request.destroy(new Error("own")), 30);
    },
  ),
  one("timeout option", { timeout: 30 }, [60, OK]),
  one("setTimeout", {}, [60, OK], (request, log) => {
    request.setTimeout(30, () => {
      log("callback");
      request.destroy();
    });
    request.end();
  }),
  one("signal", {}, [60, OK], () => {}),
  {
    name: "a signal that aborts",
    answer: [60, OK],
    use(module, port, log) {
      const controller = new AbortController();
      const request = module.request({ port, host: "127.0.0.1", signal: controller.signal });
      observe(request, log);
      request.end();
      setTimeout(() => controller.abort(), 20);
    },
  },
  {
    name: "a signal that aborts at once",
    answer: [OK],
    use(module, port, log) {
      const controller = new AbortController();
      const request = module.request({ port, host: "127.0.0.1", signal: controller.signal });
      observe(request, log);
      request.end();
      controller.abort();
    },
  },
  {
    name: "nobody is there",
    answer: [],
    use(module, _port, log) {
      const request = module.get({ port: 1, host: "127.0.0.1" });
      observe(request, log);
    },
  },
  one("write after end", {}, [OK], (request, log) => {
    request.end();
    request.write("x", (error) => log("callback", error));
  }),
  one(
    "upgrade",
    { headers: { Connection: "Upgrade", Upgrade: "x" } },
    ["HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfirst"],
    (request, log) => {
      request.on("upgrade", (response: IncomingMessage, socket, head: Buffer) => {
        log("upgrade", response.statusCode, head);
        socket.end("bye");
      });
      request.end();
    },
  ),
  one("an upgrade that nobody takes", { headers: { Connection: "Upgrade", Upgrade: "x" } }, [
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nfirst",
  ]),
  one(
    "connect",
    { method: "CONNECT", path: "b:1" },
    ["HTTP/1.1 200 Yes\r\n\r\nfirst"],
    (request, log) => {
      request.on("connect", (response: IncomingMessage, socket, head: Buffer) => {
        log("connect", response.statusCode, head);
        socket.end("bye");
      });
      request.end();
    },
  ),
];

const ARGUMENTS: readonly ClientScript[] = [
  {
    name: "a URL as text",
    answer: [OK],
    use: (module, port, log) =>
      observe(module.get(`http://u:p%40@127.0.0.1:${port}/a%20b?c#d`), log),
  },
  {
    name: "a URL with options",
    answer: [OK],
    use: (module, port, log) =>
      observe(module.get(new URL(`http://127.0.0.1:${port}/x`), { headers: { a: "b" } }), log),
  },
  {
    name: "what a request refuses",
    answer: [],
    use(module, _port, log) {
      attempt(log, () => module.request({ path: "/a b" }));
      attempt(log, () => module.request({ path: "/a\n" }));
      attempt(log, () => module.request({ protocol: "https:" }));
      attempt(log, () => module.request({ method: "A B" }));
      attempt(log, () => module.request({ method: 5 as never }));
      attempt(log, () => module.request({ hostname: 5 as never }));
      attempt(log, () => module.request({ agent: {} as never }));
      attempt(log, () => module.request({ headers: { "a b": "c" } }));
      attempt(log, () => module.request({ headers: { a: undefined as never } }));
      attempt(log, () => module.request({ headers: { a: "\n" } }));
      attempt(log, () => module.request({ timeout: "x" as never }));
      attempt(log, () => module.validateHeaderName("a b"));
      attempt(log, () => module.validateHeaderValue("a", undefined as never));
      attempt(log, () => new module.Agent({ scheduling: "x" as never }));
      attempt(log, () => new module.Agent({ maxTotalSockets: 0 }));
      attempt(log, () => module.createServer({ headersTimeout: 2, requestTimeout: 1 }));
      attempt(log, () => module.createServer({ keepAliveTimeout: -1 }));
      attempt(log, () => module.createServer({ requireHostHeader: 1 as never }));
      attempt(log, () => module.createServer(5 as never));
    },
  },
];

export const CLIENT_SCRIPTS: readonly ClientScript[] = [
  ...HEADS,
  ...ANSWERS,
  ...ENDINGS,
  ...AGENT_SCRIPTS,
  ...ARGUMENTS,
];
