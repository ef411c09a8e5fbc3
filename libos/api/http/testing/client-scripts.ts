/** What a client is put through, in ours and in Node's. */
import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import type { ClientScript, HttpModule, Log } from "./transcript.ts";

/** What @types/node leaves out. */
type OpenAgent = Agent & { totalSocketCount: number; options: object };

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Logs all that happens to a request and its response. */
function observe(request: ClientRequest, log: Log, name = "request"): void {
  for (const event of ["continue", "timeout", "abort", "finish", "close"]) {
    request.on(event, () => log(name, event, request.destroyed, request.reusedSocket));
  }
  request.on("information", (info) => log(name, "information", info));
  request.on("error", (error) => log(name, "error", error));
  request.on("response", (response: IncomingMessage) => {
    log(name, response.statusCode, response.statusMessage, response.headers, response.httpVersion);
    let text = "";
    response.setEncoding("latin1");
    response.on("data", (part: string) => {
      text += part;
    });
    response.on("end", () => log(name, "end", text, response.complete, response.rawTrailers));
    response.on("aborted", () => log(name, "response aborted"));
    response.on("error", (error) => log(name, "response error", error));
    if (name === "request") response.on("close", () => log(name, "response close"));
  });
}

/** One request with a fresh agent, observed. */
function one(
  name: string,
  options: RequestOptions,
  answer: readonly (string | number)[] = [OK],
  act: (request: ClientRequest, log: Log, module: HttpModule) => void = (request) => request.end(),
): ClientScript {
  return {
    name,
    answer,
    use(module, port, log) {
      const request = module.request({ port, host: "127.0.0.1", ...options });
      observe(request, log);
      act(request, log, module);
    },
  };
}

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

const AGENTS: readonly ClientScript[] = [
  {
    name: "a kept connection carries the next request",
    answer: [OK],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true });
      const next = (left: number): void => {
        const request = module.get({ port, host: "127.0.0.1", agent, path: `/${left}` });
        observe(request, log, `request ${left}`);
        // Not at 'close' itself: whether the socket is free by then is a matter of luck.
        request.on("close", () => {
          setTimeout(() => {
            log(Object.values(agent.sockets).flat().length);
            log(Object.values(agent.freeSockets).flat().length);
            if (left > 0) next(left - 1);
            else agent.destroy();
          }, 20);
        });
      };
      next(2);
    },
  },
  {
    name: "maxSockets lets requests wait",
    answer: [10, OK],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true, maxSockets: 1 });
      for (const path of ["/1", "/2", "/3"]) {
        const request = module.get({ port, host: "127.0.0.1", agent, path });
        observe(request, log, path);
      }
      log(Object.values(agent.requests).flat().length, (agent as OpenAgent).totalSocketCount);
    },
  },
  {
    name: "maxSockets without keep-alive",
    answer: [10, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "END"],
    use(module, port, log) {
      const agent = new module.Agent({ maxSockets: 1 });
      for (const path of ["/1", "/2"]) {
        observe(module.get({ port, host: "127.0.0.1", agent, path }), log, path);
      }
    },
  },
  {
    name: "a timeout hint of the server empties the pool",
    answer: ["HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok"],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true });
      const request = module.get({ port, host: "127.0.0.1", agent }, (response) => {
        response.resume();
        response.on("end", () => {
          setTimeout(() => log(Object.values(agent.freeSockets).flat().length), 20);
        });
      });
      request.on("error", (error) => log("error", error));
      request.on("close", () => log("close"));
    },
  },
  {
    name: "the names of pools",
    answer: [],
    use(module, _port, log) {
      const agent = new module.Agent();
      log(agent.getName(), agent.getName({ host: "a", port: 1, localAddress: "b", family: 4 }));
      log(agent.getName({ socketPath: "/s" }), agent.maxSockets, agent.maxFreeSockets);
      log((agent as OpenAgent).options, (module.globalAgent as OpenAgent).options);
    },
  },
  {
    name: "a request that is destroyed while it waits",
    answer: [10, OK],
    isRepeated: true,
    use(module, port, log) {
      const agent = new module.Agent({ keepAlive: true, maxSockets: 1 });
      observe(module.get({ port, host: "127.0.0.1", agent, path: "/1" }), log, "/1");
      const second = module.get({ port, host: "127.0.0.1", agent, path: "/2" });
      observe(second, log, "/2");
      second.destroy();
      observe(module.get({ port, host: "127.0.0.1", agent, path: "/3" }), log, "/3");
    },
  },
  {
    name: "createConnection",
    answer: [OK],
    use(module, port, log) {
      const request = module.get({
        createConnection: (options) => {
          log(options.host, options.port);
          return new module.Agent().createConnection({ port, host: "127.0.0.1" }) as never;
        },
      });
      observe(request, log);
    },
  },
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
  ...AGENTS,
  ...ARGUMENTS,
];
