import { once } from "node:events";
import nodeHttp from "node:http";
import net, { type AddressInfo, type Socket } from "node:net";
import { inherits } from "node:util";
import t from "tap";
import type { Http, HttpServer, RequestListener, ServerResponse } from "./mod.ts";
import { createHttpOverNode } from "./testing/over-node.ts";

const http = createHttpOverNode();
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function listen(
  t: { teardown(end: () => void): void },
  listener: RequestListener,
  module: Http = http,
): Promise<{ server: HttpServer; port: number }> {
  const server = module.createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Waits until something holds; a test that waits for ever is ended by its time limit. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5);
}

t.test("head and body leave in one write of the socket", async (t) => {
  const bodies = ["text", "t\u00e9xt", Buffer.from("bytes"), Buffer.alloc(16_384), ""];
  for (const body of bodies) {
    let writes = 0;
    const { server, port } = await listen(t, (_, response) => response.end(body));
    server.on("connection", (socket: Socket) => {
      const write = socket.write.bind(socket) as (...values: unknown[]) => boolean;
      socket.write = (...values: unknown[]) => {
        writes++;
        return write(...values);
      };
    });
    const client = net.connect(port, "127.0.0.1", () => client.write(GET));
    await once(client, "data");
    t.equal(writes, 1);
    client.destroy();
  }
});

t.test(
  "while a request is under way, pipelined ones wait with the peer, not with us",
  async (t) => {
    const waiting: ServerResponse[] = [];
    let socket: Socket | undefined;
    const { server, port } = await listen(t, (_, response) => void waiting.push(response));
    server.on("connection", (accepted: Socket) => {
      socket = accepted;
    });
    const client = net.connect(port, "127.0.0.1");
    const flood = GET.repeat(1_000);
    let sent = 0;
    const pump = (): void => {
      while (sent < 1_000 && client.write(flood)) sent++;
    };
    client.on("drain", pump);
    pump();
    await until(() => waiting.length === 1 && socket!.isPaused());
    await sleep(50);
    t.equal(waiting.length, 1);
    t.ok(socket!.bytesRead < 1_000_000, `${socket!.bytesRead} bytes were taken`);
    waiting[0]!.end("x");
    await until(() => waiting.length === 2);
    client.destroy();
  },
);

t.test("a client that does not read its answers is not answered without end", async (t) => {
  let answered = 0;
  let socket: Socket | undefined;
  const body = "x".repeat(10_000);
  const { server, port } = await listen(t, (_, response) => {
    answered++;
    response.end(body);
  });
  server.on("connection", (accepted: Socket) => {
    socket = accepted;
  });
  const client = net.connect(port, "127.0.0.1");
  client.pause();
  client.on("error", () => {});
  for (let index = 0; index < 50; index++) client.write(GET.repeat(1_000));
  await until(() => socket?.writableNeedDrain === true);
  await sleep(50);
  const before = answered;
  await sleep(50);
  t.equal(answered, before);
  t.ok(socket!.writableLength < 1_000_000, `${socket!.writableLength} bytes wait`);
  client.resume();
  await until(() => answered > before);
  client.destroy();
});

t.test("a body that is not read holds the peer back, and is all there when it is", async (t) => {
  const size = 8_000_000;
  let request: Parameters<RequestListener>[0] | undefined;
  const { port } = await listen(t, (incoming, response) => {
    request = incoming;
    incoming.on("end", () => response.end("done"));
  });
  const outgoing = nodeHttp.request({ port, host: "127.0.0.1", method: "POST" });
  outgoing.end(Buffer.alloc(size, "b"));
  await until(() => request !== undefined);
  await sleep(50);
  t.ok(request!.readableLength < 1_000_000, `${request!.readableLength} bytes are buffered`);
  let received = 0;
  request!.on("data", (part: Buffer) => {
    received += part.length;
  });
  await once(outgoing, "response");
  t.equal(received, size);
});

t.test("an answer waits for 'drain', and is all there", async (t) => {
  const size = 8_000_000;
  const part = Buffer.alloc(100_000, "a");
  const { port } = await listen(t, (_, response) => {
    let left = size;
    const send = (): void => {
      while (left > 0) {
        left -= part.length;
        if (!response.write(part)) return;
      }
      response.end();
    };
    response.on("drain", send);
    send();
  });
  const [response] = (await once(http.get({ port, host: "127.0.0.1" }), "response")) as [
    AsyncIterable<Buffer>,
  ];
  let received = 0;
  for await (const chunk of response) received += chunk.length;
  t.equal(received, size);
});

t.test("an emit that was replaced hears of an answer's end, listeners or not", async (t) => {
  const heard: string[] = [];
  const { port } = await listen(t, (_, response) => {
    const emit = response.emit.bind(response) as (...values: unknown[]) => boolean;
    response.emit = (...values: unknown[]): boolean => {
      heard.push(String(values[0]));
      return emit(...values);
    };
    response.end("ok");
  });
  const client = net.connect(port, "127.0.0.1", () => client.write(GET));
  t.teardown(() => client.destroy());
  await until(() => heard.length >= 2);
  t.same(heard, ["finish", "close"]);
});

t.test("Date is made of the system's wall clock, once a second", async (t) => {
  let wallUs = Date.UTC(1994, 10, 6, 8, 49, 37) * 1_000;
  const module = createHttpOverNode({ wallUs: () => wallUs });
  const { port } = await listen(t, (_, response) => response.end(), module);
  const dates: (string | undefined)[] = [];
  for (const stepUs of [0, 999_999, 1]) {
    wallUs += stepUs;
    const [response] = await once(nodeHttp.get({ port, host: "127.0.0.1" }), "response");
    (response as nodeHttp.IncomingMessage).resume();
    dates.push((response as nodeHttp.IncomingMessage).headers.date);
  }
  t.same(dates, [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:38 GMT",
  ]);
});

t.test("two systems have classes and agents of their own", (t) => {
  const other = createHttpOverNode();
  t.not(other.globalAgent, http.globalAgent);
  t.not(other.Server, http.Server);
  t.notOk(http.createServer() instanceof other.Server);
  t.ok(http.createServer() instanceof http.Server);
  t.end();
});

t.test("classes can be called as functions, and inherited from in the old way", (t) => {
  const make = http.Server as unknown as (listener: RequestListener) => HttpServer;
  t.ok(make(() => {}) instanceof http.Server);
  const Base = http.ServerResponse as unknown as (this: object, request: object) => void;
  function Old(this: object): void {
    Base.call(this, { method: "GET", httpVersionMajor: 1, httpVersionMinor: 1 });
  }
  inherits(Old as never, http.ServerResponse);
  const old = new (Old as unknown as new () => ServerResponse)();
  old.setHeader("A", "b");
  t.equal(old.getHeader("a"), "b");
  t.ok(old instanceof http.ServerResponse && old instanceof http.OutgoingMessage);
  class New extends http.ServerResponse {}
  t.ok(new New({ method: "GET" } as never) instanceof http.ServerResponse);
  t.end();
});

t.test("a kept socket that receives unasked is dropped, never taken for an answer", async (t) => {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const agent = new http.Agent({ keepAlive: true });
  const ask = async (): Promise<boolean> => {
    const request = http.get({ port, host: "127.0.0.1", agent });
    const [response] = (await once(request, "response")) as [NodeJS.ReadableStream];
    response.resume();
    await once(request, "close");
    return request.reusedSocket;
  };
  t.equal(await ask(), false);
  await sleep(10);
  t.equal(await ask(), true);
  await sleep(10);
  sockets[0]!.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  await once(sockets[0]!, "close");
  t.equal(await ask(), false);
  agent.destroy();
});

t.test("maxTotalSockets holds across origins, and every request is answered", async (t) => {
  const servers = [
    await listen(t, (_, response) => response.end("1")),
    await listen(t, (_, response) => response.end("2")),
  ];
  const agent = new http.Agent({ keepAlive: true, maxTotalSockets: 1 });
  let most = 0;
  const answers = Array.from({ length: 6 }, async (_, index) => {
    const { port } = servers[index % 2]!;
    const request = http.get({ port, host: "127.0.0.1", agent });
    const [response] = (await once(request, "response")) as [AsyncIterable<Buffer>];
    most = Math.max(most, agent.totalSocketCount);
    let text = "";
    for await (const part of response) text += String(part);
    return text;
  });
  t.same(await Promise.all(answers), ["1", "2", "1", "2", "1", "2"]);
  t.equal(most, 1);
  agent.destroy();
});

t.test("a failed connection lets the next waiting request go", async (t) => {
  const agent = new http.Agent({ maxSockets: 1 });
  const failures = Array.from({ length: 3 }, async () => {
    const [error] = await once(http.get({ port: 1, host: "127.0.0.1", agent }), "error");
    return (error as NodeJS.ErrnoException).code;
  });
  t.same(await Promise.all(failures), ["ECONNREFUSED", "ECONNREFUSED", "ECONNREFUSED"]);
  await until(() => agent.totalSocketCount === 0);
});

t.test("close lets the request under way end, and then the server", async (t) => {
  let waiting: ServerResponse | undefined;
  const { server, port } = await listen(t, (_, response) => {
    waiting = response;
  });
  const agent = new nodeHttp.Agent({ keepAlive: true });
  const request = nodeHttp.get({ port, host: "127.0.0.1", agent });
  await until(() => waiting !== undefined);
  const closed = once(server, "close");
  server.close();
  waiting!.end("x");
  const [response] = (await once(request, "response")) as [nodeHttp.IncomingMessage];
  response.resume();
  await closed;
  t.equal(server.listening, false);
});

t.test(
  "what a handler throws surfaces as uncaught, and does not break the connection",
  async (t) => {
    const thrown: Error[] = [];
    const module = createHttpOverNode({
      defer: (callback) =>
        process.nextTick(() => {
          try {
            callback();
          } catch (error) {
            thrown.push(error as Error);
          }
        }),
    });
    const { port } = await listen(
      t,
      (_, response) => {
        response.end("x");
        throw new Error("own");
      },
      module,
    );
    const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: 1 });
    for (let index = 0; index < 2; index++) {
      const request = nodeHttp.get({ port, host: "127.0.0.1", agent });
      const [response] = (await once(request, "response")) as [nodeHttp.IncomingMessage];
      response.resume();
      await once(response, "end");
      t.equal(request.reusedSocket, index === 1);
    }
    t.same(
      thrown.map((error) => error.message),
      ["own", "own"],
    );
    agent.destroy();
  },
);

t.test("a request whose handler runs out of memory ends, and the server goes on", async (t) => {
  let count = 0;
  const { port } = await listen(t, (_, response) => {
    if (++count > 1) return void response.end("x");
    throw Object.assign(new Error("out of memory"), { name: "InternalError" });
  });
  const failed = nodeHttp.get({ port, host: "127.0.0.1", agent: false });
  const [error] = (await once(failed, "error")) as [Error & { code?: string }];
  t.equal(error.code, "ECONNRESET");
  const request = nodeHttp.get({ port, host: "127.0.0.1", agent: false });
  const [response] = (await once(request, "response")) as [nodeHttp.IncomingMessage];
  response.resume();
  t.equal(response.statusCode, 200);
});
